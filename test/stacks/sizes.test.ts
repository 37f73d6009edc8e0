import { describe, expect, it } from "vitest";
import { memoryOf, sizeOf } from "#stacks/sizes";

describe("the memory of a function", () => {
  it.each(["list-bucket", "audit-bucket"] as const)(
    "is what the configuration says of %s, which holds an index",
    (name) => {
      expect(memoryOf(name, { audit: { memoryMb: 4096 } })).toBe(4096);
    },
  );

  it("is its own of any other, a reconciler in a VPC among them", () => {
    for (const name of ["index-block", "reconcile-cluster", "reconcile-cluster-vpc-0abc"] as const)
      expect(memoryOf(name, { audit: { memoryMb: 4096 } })).toBe(sizeOf(name).memoryMb);
  });
});

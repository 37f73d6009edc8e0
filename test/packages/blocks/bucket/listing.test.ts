import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareKeys } from "#blocks/bucket/listing";

describe("compareKeys", () => {
  it("is the order of the bytes, whatever is in the keys", () => {
    const part = fc.oneof(
      fc.constantFrom("a", "01A/", "\uffce", "\ud7ff", "\ue000", "\u{10000}"),
      fc.string({ unit: "binary" }),
    );
    const key = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupKeys } from "#blocks/block/group-key";

describe("groupKeys", () => {
  it.each([
    { resolution: 0, labels: { idc_name: "xiasha", promCluster: "k8s-xiasha" }, key: "0@10665639288258739055" },
    { resolution: 0, labels: { promCluster: "k8s-hailaer", idc_name: "hailaer" }, key: "0@13427109783564785407" },
    { resolution: 3_600_000, labels: {}, key: "3600000@17241709254077376921" },
  ])("gives $key, as a compactor logged it", async ({ resolution, labels, key }) => {
    expect((await groupKeys())(resolution, labels)).toBe(key);
  });

  it("does not depend on the order of the labels", async () => {
    const keyOf = await groupKeys();
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (labels) => {
        const turned = Object.fromEntries(Object.entries(labels).reverse());
        return keyOf(0, labels) === keyOf(0, turned);
      }),
    );
  });

  it("sorts names by bytes, not by UTF-16 units", async () => {
    const keyOf = await groupKeys();
    const names = ["\u{1F600}", "\uFF5E"];
    const inByteOrder = Object.fromEntries(names.toReversed().map((name) => [name, "x"]));
    const inUtf16Order = Object.fromEntries(names.map((name) => [name, "x"]));

    expect(keyOf(0, inByteOrder)).toBe(keyOf(0, inUtf16Order));
  });
});

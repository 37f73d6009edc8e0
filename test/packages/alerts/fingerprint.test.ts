import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fingerprint } from "#alerts/fingerprint";

describe("fingerprint", () => {
  it("is stable over releases", () => {
    expect(fingerprint({ id: "upload.late", labels: { b: "2", a: "1" } })).toBe(
      "bba9d0c30e4813d7b90127460f0ed664c9555019ee79d8e389398cebb26d90d6",
    );
  });

  it("does not depend on the order of the labels", () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.string()), (id, labels) => {
        const reversed = Object.fromEntries(Object.entries(labels).toReversed());
        expect(fingerprint({ id, labels: reversed })).toBe(fingerprint({ id, labels }));
      }),
      { seed: 20261121 },
    );
  });

  it.each([
    [
      { id: "a", labels: { b: "c" } },
      { id: "a", labels: { b: "d" } },
    ],
    [
      { id: "a", labels: { b: "c" } },
      { id: "b", labels: { b: "c" } },
    ],
    [
      { id: "a", labels: { b: "" } },
      { id: "a", labels: {} },
    ],
    [
      { id: "a", labels: { b: 'c","d' } },
      { id: "a", labels: { b: "c", d: "" } },
    ],
  ])("tells %j from %j", (one, other) => {
    expect(fingerprint(one)).not.toBe(fingerprint(other));
  });
});

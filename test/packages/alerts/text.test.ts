import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanText, cutText } from "#alerts/text";

describe("cleanText", () => {
  it.each([
    ["a\r\nb\tc", "a\nb c"],
    ["\u001b[31mred", "[31mred"],
    ["\u202eabc\u2066", "abc"],
    ["\ud83d", "\ufffd"],
  ])("makes %j %j", (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });
});

describe("cutText", () => {
  it.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "ab..."],
    ["abcdef", 2, ""],
    ["abcdef", -1, ""],
    ["", 0, ""],
    ["\u0001".repeat(50), 10, "..."],
  ])("cuts %j to %i as %j", (text, max, cut) => {
    expect(cutText(text, max)).toBe(cut);
  });

  it("never costs more than it may", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(40), (text, max) => {
        expect(cutText(text, max).length).toBeLessThanOrEqual(max);
        expect(cutText(text, max).isWellFormed()).toBe(true);
      }),
      { seed: 20261121 },
    );
  });
});

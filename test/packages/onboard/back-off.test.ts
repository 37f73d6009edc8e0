import { describe, expect, it } from "vitest";
import { backOffMs, LONGEST_MS } from "#onboard/back-off";

describe("backOffMs", () => {
  it("doubles from 15 s up to the longest wait", () => {
    expect([1, 2, 3, 5, 6, 1000].map((attempts) => backOffMs(attempts, LONGEST_MS.soon) / 1000)).toEqual([
      15, 30, 60, 240, 300, 300,
    ]);
  });

  it("reaches half an hour where patience is due", () => {
    expect(backOffMs(8, LONGEST_MS.patiently)).toBe(30 * 60_000);
  });
});

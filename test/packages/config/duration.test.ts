import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "#config/duration";

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["0d", 0],
    ["250ms", 250],
    ["30s", 30_000],
    ["15m", 900_000],
    ["48h", 172_800_000],
    ["30d", 2_592_000_000],
    ["2w", 1_209_600_000],
    ["1y", 31_536_000_000],
    ["1h30m", 5_400_000],
    ["1d12h30m15s500ms", 131_415_500],
  ])("reads %s as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["", "15", "m", "-1h", "1.5h", "1H", "1h ", " 1h", "1h 30m", "1month", "1hm"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("adds its parts up", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(59), fc.nat(59), (hours, minutes, seconds) => {
        expect(parseDuration(`${hours}h${minutes}m${seconds}s`)).toBe(((hours * 60 + minutes) * 60 + seconds) * 1_000);
      }),
      { seed: 20_261_121 },
    );
  });
});

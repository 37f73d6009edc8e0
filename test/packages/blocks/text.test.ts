import { describe, expect, it } from "vitest";
import { age, count, counted, firstOf, hours, instant } from "#blocks/text";
import { DAY, HOUR, MINUTE } from "#test/packages/blocks/factory";

describe("text", () => {
  it.each([
    [-5, "0 s"],
    [30_000, "30 s"],
    [3 * MINUTE, "3 m"],
    [2 * HOUR, "2 h"],
    [2 * HOUR + 5 * MINUTE, "2 h 5 m"],
    [2 * DAY + 4 * HOUR + 7 * MINUTE, "2 d 4 h"],
  ])("tells %i ms as %s", (ms, text) => {
    expect(age(ms)).toBe(text);
  });

  it("writes times, flags and counts as people read them", () => {
    expect(instant(Date.parse("2026-11-20T07:30:51.549Z"))).toBe("2026-11-20T07:30:51Z");
    expect(hours(24 * HOUR)).toBe("24 h");
    expect(count(282_240)).toBe("282,240");
    expect([counted(1, "block"), counted(2, "block")]).toEqual(["1 block", "2 blocks"]);
  });

  it("names three of many", () => {
    expect(firstOf(["a", "b", "c"])).toBe("a, b, c");
    expect(firstOf(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
  });
});

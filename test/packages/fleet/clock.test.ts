import { describe, expect, it } from "vitest";
import { fixedClock, systemClock } from "#fleet/clock";

const START = "2026-11-21T10:00:00.000Z";

describe("fixedClock", () => {
  it("stands still until it is moved", () => {
    const clock = fixedClock(START);
    expect([clock.now(), clock.now()]).toEqual([new Date(START), new Date(START)]);

    clock.advance(1_500);
    expect(clock.now().toISOString()).toBe("2026-11-21T10:00:01.500Z");

    clock.set("2026-11-20T00:00:00Z");
    expect(clock.now().toISOString()).toBe("2026-11-20T00:00:00.000Z");
  });

  it("is not moved by who changes a date that it gave", () => {
    const clock = fixedClock(START);
    clock.now().setUTCFullYear(1999);

    expect(clock.now().toISOString()).toBe(START);
  });
});

describe("systemClock", () => {
  it("goes on", () => {
    const first = systemClock.now();

    expect(systemClock.now().getTime()).toBeGreaterThanOrEqual(first.getTime());
  });
});

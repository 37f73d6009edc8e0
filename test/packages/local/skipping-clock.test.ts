import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { skippingClock } from "#local/skipping-clock";

const START = "2026-11-21T10:00:00.000Z";
const LATER = "2026-11-21T10:05:00.000Z";

describe("skippingClock", () => {
  it("goes like the clock below it", () => {
    const below = fixedClock(START);
    const clock = skippingClock(below);
    below.advance(1_000);

    expect(clock.now().toISOString()).toBe("2026-11-21T10:00:01.000Z");
  });

  it("is put forward, and goes on from there", () => {
    const below = fixedClock(START);
    const clock = skippingClock(below);
    clock.skipTo(new Date(LATER));
    below.advance(1_000);

    expect(clock.now().toISOString()).toBe("2026-11-21T10:05:01.000Z");
  });

  it("is never put back", () => {
    const clock = skippingClock(fixedClock(LATER));
    clock.skipTo(new Date(START));

    expect(clock.now().toISOString()).toBe(LATER);
  });
});

import type { Clock } from "#fleet/clock";

/** A clock that goes like the one below it but can be put forward, so that nobody waits for what only waits for time. */
export interface SkippingClock extends Clock {
  /** Puts the clock forward to `at`; never back. */
  skipTo(at: Date): void;
}

export function skippingClock(below: Clock): SkippingClock {
  let ahead = 0;
  const now = (): Date => new Date(below.now().getTime() + ahead);
  return {
    now,
    skipTo: (at) => {
      ahead += Math.max(0, at.getTime() - now().getTime());
    },
  };
}

import type { Clock } from "#fleet/clock";

/** A clock that goes like the one below it but can be put forward, so that nobody waits for what only waits for time. */
export interface SkippingClock extends Clock {
  /** Puts the clock forward to `at`; never back. */
  skipTo(at: Date): void;
  /** How far it is ahead of the clock below, ms. */
  readonly ahead: number;
}

export function skippingClock(below: Clock, aheadMs = 0): SkippingClock {
  let ahead = aheadMs;
  const now = (): Date => new Date(below.now().getTime() + ahead);
  return {
    now,
    skipTo: (at) => {
      ahead += Math.max(0, at.getTime() - now().getTime());
    },
    get ahead() {
      return ahead;
    },
  };
}

import type { Clock } from "#fleet/clock";

/** What AWS does only some time after it has answered. */
export interface Later {
  /** `run` is due after `ms`; never of itself when that is Infinity. */
  in(ms: number, run: () => Promise<void> | void): void;
  /** Runs what is due, or everything, in order; several callers one after another. */
  pass(what: "due" | "everything"): Promise<void>;
}

export function later(clock: Clock): Later {
  const waiting = new Set<{ readonly at: number; readonly run: () => Promise<void> | void }>();
  let passing: Promise<void> = Promise.resolve();

  async function pass(what: "due" | "everything"): Promise<void> {
    const now = what === "everything" ? Number.POSITIVE_INFINITY : clock.now().getTime();
    for (const task of waiting) {
      if (task.at > now) continue;
      waiting.delete(task);
      await task.run();
    }
  }

  return {
    in: (ms, run) => void waiting.add({ at: clock.now().getTime() + ms, run }),
    pass: (what) => {
      const next = passing.then(() => pass(what));
      passing = next.catch(() => undefined);
      return next;
    },
  };
}

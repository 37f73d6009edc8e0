/**
 * Does together what is asked for at the same time: what is asked while the work is under way waits for the next round.
 * When a round fails, each of its items is done again by itself, so that one that cannot be done fails alone.
 */
export function together<T>(ask: (items: readonly T[]) => Promise<void>): (item: T) => Promise<void> {
  // Work that throws before it begins must not end the rounds: nobody would ever be answered again.
  const work = async (items: readonly T[]): Promise<void> => ask(items);
  let waiting: Asked<T>[] = [];
  let isWorking = false;

  async function rounds(): Promise<void> {
    isWorking = true;
    // Everything that is asked for in this turn of the event loop is of the first round.
    await Promise.resolve();
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      await work(round.map(({ item }) => item)).then(
        () => {
          for (const { resolve } of round) resolve();
        },
        (error: unknown) => oneByOne(work, round, error),
      );
    }
    isWorking = false;
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!isWorking) void rounds();
    });
}

interface Asked<T> {
  readonly item: T;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

async function oneByOne<T>(
  work: (items: readonly T[]) => Promise<void>,
  round: readonly Asked<T>[],
  error: unknown,
): Promise<void> {
  const [only, ...others] = round;
  if (others.length === 0) return only?.reject(error);
  for (const { item, resolve, reject } of round) await work([item]).then(resolve, reject);
}

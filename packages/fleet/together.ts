/**
 * Does together what is asked for at the same time: what is asked while the work is under way waits for the next round.
 * A round that fails is halved, and its halves too, so that one item that cannot be done fails alone.
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
      await attempt(work, round);
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

/** Halves the round until what cannot be done is alone. */
async function inHalves<T>(
  work: (items: readonly T[]) => Promise<void>,
  round: readonly Asked<T>[],
  error: unknown,
): Promise<void> {
  const middle = Math.ceil(round.length / 2);
  if (round.length === 1) return round[0]?.reject(error);
  for (const half of [round.slice(0, middle), round.slice(middle)]) await attempt(work, half);
}

async function attempt<T>(work: (items: readonly T[]) => Promise<void>, round: readonly Asked<T>[]): Promise<void> {
  try {
    await work(round.map(({ item }) => item));
  } catch (error) {
    return inHalves(work, round, error);
  }
  for (const { resolve } of round) resolve();
}

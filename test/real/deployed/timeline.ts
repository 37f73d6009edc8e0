import { setTimeout as sleep } from "node:timers/promises";
import type { MovedClock } from "#test/real/aws/moved-clock";

/** When what was reached. */
export interface Timeline {
  /** Asks until there is something, and notes the time. */
  reached<T>(hop: string, probe: () => Promise<T | undefined | false>): Promise<T>;
  /** As a table, the time since the first hop first. */
  text(): string;
}

const ASK_MS = 300;
const PATIENCE_MS = 240_000;
/** While nothing comes, a minute of the emulator's goes by in a quarter of one, and a minute of its schedules in six seconds. */
const HURRY = {
  pass: { everyMs: 10_000, seconds: 30 },
  passForSchedules: { everyMs: 1_000, seconds: 10 },
} as const;

export function timeline(clock: Pick<MovedClock, keyof typeof HURRY>): Timeline {
  const hops: { readonly hop: string; readonly at: Date }[] = [];
  // One pace, however many wait.
  const hurries = [hurry(clock, "pass"), hurry(clock, "passForSchedules")];
  return {
    reached: async (hop, probe) => {
      for (const begin = performance.now(); performance.now() - begin < PATIENCE_MS; await sleep(ASK_MS)) {
        const found = await probe();
        if (found !== undefined && found !== false) {
          hops.push({ hop, at: new Date() });
          return found;
        }
        for (const on of hurries) await on();
      }
      throw new Error(`${hop}: not so after ${PATIENCE_MS / 1000} s\n${textOf(hops)}`);
    },
    text: () => textOf(hops),
  };
}

function hurry(clock: Pick<MovedClock, keyof typeof HURRY>, which: keyof typeof HURRY): () => Promise<void> {
  const { everyMs, seconds } = HURRY[which];
  let last = performance.now();
  return async () => {
    if (performance.now() - last < everyMs) return;
    last = performance.now();
    await clock[which](seconds);
  };
}

function textOf(hops: readonly { readonly hop: string; readonly at: Date }[]): string {
  const start = hops[0]?.at.getTime() ?? 0;
  return hops
    .map(({ hop, at }) => `${((at.getTime() - start) / 1000).toFixed(1).padStart(7)} s  ${at.toISOString()}  ${hop}`)
    .join("\n");
}

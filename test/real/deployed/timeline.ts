import { setTimeout as sleep } from "node:timers/promises";

/** When what was reached. */
export interface Timeline {
  /** Asks until there is something, and notes the time. */
  reached<T>(hop: string, probe: () => Promise<T | undefined | false>): Promise<T>;
  /** As a table, the time since the first hop first. */
  text(): string;
}

const ASK_MS = 300;
const PATIENCE_MS = 240_000;
/** While nothing comes, a minute of the emulator's goes by in a quarter of one. */
const HURRY = { everyMs: 10_000, seconds: 30 };

export function timeline(pass: (seconds: number) => Promise<void>): Timeline {
  const hops: { readonly hop: string; readonly at: Date }[] = [];
  return {
    reached: async (hop, probe) => {
      const begin = performance.now();
      for (let hurried = begin; performance.now() - begin < PATIENCE_MS; await sleep(ASK_MS)) {
        const found = await probe();
        if (found !== undefined && found !== false) {
          hops.push({ hop, at: new Date() });
          return found;
        }
        if (performance.now() - hurried < HURRY.everyMs) continue;
        hurried = performance.now();
        await pass(HURRY.seconds);
      }
      throw new Error(`${hop}: not so after ${PATIENCE_MS / 1000} s\n${textOf(hops)}`);
    },
    text: () => textOf(hops),
  };
}

function textOf(hops: readonly { readonly hop: string; readonly at: Date }[]): string {
  const start = hops[0]?.at.getTime() ?? 0;
  return hops
    .map(({ hop, at }) => `${((at.getTime() - start) / 1000).toFixed(1).padStart(7)} s  ${at.toISOString()}  ${hop}`)
    .join("\n");
}

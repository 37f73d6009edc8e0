import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import * as v from "valibot";
import type { FuzzFailure } from "#test/fuzz/run";
import { progress, runShare, type Share, sharesOf } from "#test/shares";

/* `npm run fuzz:audit -- --cases 1000000 --seed 1`: mutated buckets, judged in processes that a hang or a leak ends. */

const WHOLE = v.pipe(v.string(), v.digits("write a whole number"), v.transform(Number));
const { values } = parseArgs({
  options: { cases: { type: "string" }, seed: { type: "string" }, from: { type: "string" } },
});
const { cases, seed, from } = v.parse(
  v.object({ cases: v.optional(WHOLE, "20000"), seed: v.optional(WHOLE, "1"), from: v.optional(WHOLE, "0") }),
  values,
);

const TOLD = v.object({
  to: v.number(),
  failures: v.array(v.custom<FuzzFailure>((value) => typeof value === "object")),
});
const SHOWN = 20;
const failures: string[] = [];
const done = new Map<number, number>();
const tell = progress("cases", cases);

async function run(share: Share): Promise<void> {
  let reached = share.from;
  const died = await runShare({
    worker: new URL("./worker.ts", import.meta.url),
    share: { seed, from: share.from + from, to: share.to + from },
    memory: 512,
    silence: 300_000,
    onLine(line) {
      const told = v.parse(TOLD, line);
      reached = told.to - from;
      done.set(share.from, reached - share.from);
      failures.push(...told.failures.map((failure) => JSON.stringify(failure)));
      tell([...done.values()].reduce((sum, each) => sum + each, 0));
    },
  });
  if (died !== undefined) failures.push(`the process that judged cases from ${reached + from} on: ${died}`);
}

const began = Date.now();
await Promise.all(sharesOf(cases, availableParallelism()).map(run));
for (const failure of failures.slice(0, SHOWN)) process.stdout.write(`${failure}\n`);
const seconds = ((Date.now() - began) / 1000).toFixed(0);
process.stdout.write(`${cases} cases of seed ${seed} from ${from} on in ${seconds} s: ${failures.length} failures\n`);
process.exitCode = failures.length > 0 ? 1 : 0;

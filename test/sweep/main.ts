import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import * as v from "valibot";
import { DAY, MINUTE } from "#test/packages/blocks/factory";
import { DAYS } from "#test/packages/blocks/healthy-ticks";
import { progress, runShare, type Share, sharesOf } from "#test/shares";

/* `npm run sweep -- --seed 1`: a healthy fleet of 90 days, judged at every tick of five minutes. Nothing may be told. */

const { values } = parseArgs({ options: { seed: { type: "string" } } });
const WHOLE = v.pipe(v.string(), v.digits("write a whole number"), v.transform(Number));
const { seed } = v.parse(v.object({ seed: v.optional(WHOLE, "1") }), values);
const TICKS = (DAYS * DAY) / (5 * MINUTE);
const TOLD = v.object({ to: v.number(), alarms: v.array(v.string()) });
const SHOWN = 40;

const alarms: string[] = [];
const done = new Map<number, number>();
const tell = progress("ticks", TICKS);

async function run(share: Share): Promise<void> {
  const died = await runShare({
    worker: new URL("./worker.ts", import.meta.url),
    share: { seed, ...share },
    memory: 2048,
    silence: 300_000,
    onLine(line) {
      const told = v.parse(TOLD, line);
      done.set(share.from, told.to - share.from);
      alarms.push(...told.alarms);
      tell([...done.values()].reduce((sum, each) => sum + each, 0));
    },
  });
  if (died !== undefined) alarms.push(`the process that judged ticks from ${share.from} on: ${died}`);
}

const began = Date.now();
await Promise.all(sharesOf(TICKS, availableParallelism()).map(run));
for (const alarm of alarms.slice(0, SHOWN)) process.stdout.write(`${alarm}\n`);
const judged = [...done.values()].reduce((sum, each) => sum + each, 0);
const seconds = ((Date.now() - began) / 1000).toFixed(0);
process.stdout.write(`${judged} of ${TICKS} ticks judged in ${seconds} s: ${alarms.length} false alarms\n`);
process.exitCode = alarms.length > 0 ? 1 : 0;

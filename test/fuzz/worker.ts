import * as v from "valibot";
import { fuzz } from "#test/fuzz/run";

/* One share of the cases, in a process of its own: what does not end, or takes all memory, takes this process with it. */

const SHARE = v.object({ seed: v.number(), from: v.number(), to: v.number() });
/** Told so often, in cases. */
const STEP = 2000;

const share = v.parse(SHARE, JSON.parse(process.argv[2] ?? ""));
for (let from = share.from; from < share.to; from += STEP) {
  const to = Math.min(share.to, from + STEP);
  const failures = await fuzz({ seed: share.seed, from, to });
  process.stdout.write(`${JSON.stringify({ to, failures })}\n`);
}

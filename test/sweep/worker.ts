import * as v from "valibot";
import { DAY, MINUTE } from "#test/packages/blocks/factory";
import { liveThrough, randomFrom } from "#test/packages/blocks/healthy-fleet";
import { DAYS, findingsAt, fleet, SETTLED, START, told } from "#test/packages/blocks/healthy-ticks";

/* A share of the ticks of a healthy fleet's 90 days, in a process of its own. */

const TICK = 5 * MINUTE;
/** Told so often, in ticks. */
const STEP = 50;
const { seed, from, to } = v.parse(
  v.object({ seed: v.number(), from: v.number(), to: v.number() }),
  JSON.parse(process.argv[2] ?? ""),
);
const random = randomFrom(seed);
/** Every stream but those of the cluster that comes later has begun by then. */
const begin = START + DAY + SETTLED;
const blocks = liveThrough(fleet(random), begin + DAYS * DAY, random);
for (let tick = from; tick < to; tick += STEP) {
  const end = Math.min(to, tick + STEP);
  const [first, last] = [begin + tick * TICK, begin + end * TICK];
  const around = blocks.filter((one) => one.from < last && (one.deletedAt ?? last) > first);
  const alarms = Array.from({ length: end - tick }, (_, index) => first + index * TICK).flatMap((now) =>
    told(
      findingsAt(around, now).filter(({ severity }) => severity !== "info"),
      now,
    ),
  );
  process.stdout.write(`${JSON.stringify({ to: end, alarms })}\n`);
}

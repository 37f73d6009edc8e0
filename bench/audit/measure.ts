import { availableParallelism, loadavg, totalmem } from "node:os";
import { type Auditor, startAuditor } from "#bench/audit/auditor";
import { type FleetBlock, fleetBlocks, NOW, yearOldFleet } from "#bench/audit/fleet";
import { freshBlocks } from "#bench/audit/fresh";
import { indexFleet } from "#bench/audit/index-fleet";
import type { Audited, InTurn, Measured, Sizes } from "#bench/audit/measured";
import { auditCold, buildCommand, inspect, judgeInProcess, sync, verify } from "#bench/audit/race";
import { realBodies } from "#bench/audit/real-index";
import type { ShapeName } from "#bench/audit/shapes";
import { type BenchBucket, type Store, startStore } from "#bench/audit/store";

/** Minutes in all at full size. `tell` is told what is done. */
export async function measure(sizes: Sizes, tell: (line: string) => void): Promise<Measured> {
  const store = await startStore();
  try {
    const bodies = await realBodies(sizes.series);
    const fleet = [...fleetBlocks(yearOldFleet(sizes.bucket))];
    tell(`filling a bucket with ${fleet.length} blocks, indexes of ${bodies.index.length} bytes`);
    const bucket = await store.empty("fleet");
    await store.add(bucket, fleet, bodies);
    const raced = await race({ store, bucket, rounds: sizes.rounds, tell });
    tell("with an index");
    await auditOnce(store, bucket);
    const warm = await medianOf(sizes.rounds, () => auditOnce(store, bucket));
    tell("tails");
    const heads = freshBlocks(fleet, sizes.fresh * (sizes.rounds + 1));
    let listedAt = NOW;
    const tail = await inTurns(startAuditor(store, bucket, "tail"), sizes.rounds, async (turn) => {
      // Else a full one would be due: two hours pass from one to the next.
      if (turn > 0) await auditOnce(store, bucket, listedAt);
      const fresh = heads.slice(turn * sizes.fresh, (turn + 1) * sizes.fresh);
      await store.add(bucket, fresh, bodies);
      listedAt = afterUpload(fresh);
      return listedAt;
    });
    tell("ticks");
    const { indexed, index, events } = await indexFleet(store, "tick", sizes.tick);
    const tick = await inTurns(startAuditor(store, indexed, "tick"), sizes.turns, async (turn) => {
      const at = NOW + turn * TICK;
      await events.next(at);
      return at;
    });
    const curve = await inTurn(sizes.curve, (blocks) => judgeOne("a fleet of a year", blocks));
    const shapes = await inTurn(OTHER_SHAPES, (shape) =>
      judgeOne(shape, shape === "all marked" ? (sizes.curve.at(-1) ?? sizes.shapes) : sizes.shapes),
    );
    return {
      machine: machine(),
      bucket: { blocks: fleet.length, indexBytes: bodies.index.length },
      ...{ ...raced, warm, tail, tick, index, curve, shapes },
    };
  } finally {
    await store.stop();
  }

  function judgeOne(shape: ShapeName, blocks: number) {
    tell(`judging ${blocks} blocks: ${shape}`);
    return judgeInProcess(store, shape, blocks);
  }
}

interface Race {
  readonly store: Store;
  readonly bucket: BenchBucket;
  readonly rounds: number;
  readonly tell: (line: string) => void;
}

/** What `before` does, which tells the time, and then an audit: once, and so many times more. */
async function inTurns(auditor: Auditor, turns: number, before: (turn: number) => Promise<number>): Promise<InTurn> {
  const audited = await inTurn(Array.from({ length: turns + 1 }), async (_, turn) => auditor.audit(await before(turn)));
  await auditor.stop();
  const [first, ...others] = audited;
  if (first === undefined) throw new RangeError("no turns");
  return { first, next: median(others) };
}

/** A full listing in a process of its own. */
async function auditOnce(store: Store, bucket: BenchBucket, at = NOW): Promise<Audited> {
  const auditor = startAuditor(store, bucket, "full");
  const audited = await auditor.audit(at);
  await auditor.stop();
  return audited;
}

/** One after the other in each round, so that what else the machine does slows all of them. */
async function race({ store, bucket, rounds, tell }: Race): Promise<Pick<Measured, "thanos" | "cold">> {
  await buildCommand();
  const runs = await inTurn(Array.from({ length: rounds }), async (_, round) => {
    tell(`round ${round + 1} of ${rounds}`);
    return { inspect: await inspect(store, bucket), cold: await auditCold(store, bucket) };
  });
  tell("what Thanos does once");
  return {
    cold: median(runs.map(({ cold }) => cold)),
    thanos: {
      inspect: median(runs.map((run) => run.inspect)),
      verify: await verify(store, bucket),
      sync: await sync(store, bucket),
    },
  };
}

async function medianOf<R extends { readonly seconds: number }>(rounds: number, make: () => Promise<R>): Promise<R> {
  return median(await inTurn(Array.from({ length: rounds }), make));
}

function median<R extends { readonly seconds: number }>(runs: readonly R[]): R {
  const inOrder = runs.toSorted((a, b) => a.seconds - b.seconds);
  const middle = inOrder[Math.floor(inOrder.length / 2)];
  if (middle === undefined) throw new RangeError("no runs");
  return middle;
}

async function inTurn<A, B>(items: readonly A[], make: (item: A, index: number) => Promise<B>): Promise<B[]> {
  const made: B[] = [];
  for (const [index, item] of items.entries()) made.push(await make(item, index));
  return made;
}

/** When the last of these has been there for some minutes. */
function afterUpload(blocks: readonly FleetBlock[]): number {
  return blocks.reduce((last, { meta }) => Math.max(last, meta.uploadTime ?? 0), 0) + SOME_MINUTES;
}

const SOME_MINUTES = 300_000;
/** From one tick to the next, ms. */
const TICK = 300_000;
/** Beside those of the curve. */
const OTHER_SHAPES = [
  "one stream that is never compacted",
  "streams of ten blocks",
  "such streams, all silent",
  "one group that all overlaps",
  "all marked",
] as const satisfies readonly ShapeName[];

function machine(): Measured["machine"] {
  const [load = 0] = loadavg();
  return { cores: availableParallelism(), memoryGb: Math.round(totalmem() / 2 ** 30), load };
}

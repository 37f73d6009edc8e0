import { join } from "node:path";
import pMap from "p-map";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { type ReadableBlock, readableBlocks } from "#blocks/block/block";
import { type GroupKeyOf, groupKeys } from "#blocks/block/group-key";
import type { Resolution } from "#blocks/block/meta";
import { nextResolution, toDownsample } from "#blocks/compactor/downsampling";
import { expiresAt } from "#blocks/compactor/retention";
import { byStreamOf } from "#blocks/groups/by-stream";
import { liveGroups } from "#blocks/groups/filters";
import { readBucket } from "#blocks/read-bucket";
import { isMarkedByRetention } from "#blocks/streams/coverage";
import { AuditSettings } from "#config/audit-settings";
import { directoryBucket } from "#local/directory-bucket";
import { type AgedBucket, agedBuckets } from "#test/real/planner/aged-buckets";
import { objectsOf } from "#test/real/planner/random-buckets";
import { makeFolderBucket } from "#test/real/servers/block-bucket";
import { thanos } from "#test/real/servers/compactor";

const BUCKETS = 80;
const SEED = 20_261_122;
const TOGETHER = 3;
const PASSES = 2;

/** What a run does: blocks that it makes and marks, each as `<cluster> <resolution> <minTime>-<maxTime>`. */
interface Outcome {
  readonly made: readonly string[];
  readonly marked: readonly string[];
}

interface Run {
  readonly exitCode: number;
  readonly actual: Outcome;
  readonly predicted: Outcome;
}

let groupKeyOf: GroupKeyOf;

function nameOf({ meta }: ReadableBlock): string {
  return `${meta.labels.cluster} ${meta.resolution} ${meta.minTime}-${meta.maxTime}`;
}

async function blocksIn(folder: string): Promise<readonly ReadableBlock[]> {
  return readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks);
}

function objectsIn(bucket: AgedBucket, now: number): Map<string, Buffer | string> {
  const objects = new Map(objectsOf(bucket, now));
  for (const id of bucket.kept) {
    const mark = { id, version: 1, reason: "manual", no_downsample_time: Math.floor(now / 1000) };
    objects.set(`${id}/no-downsample-mark.json`, JSON.stringify(mark));
  }
  return objects;
}

async function runBoth(bucket: AgedBucket): Promise<Run> {
  const now = Date.now();
  const { folder, desk, objstore } = await makeFolderBucket(objectsIn(bucket, now));
  const before = await blocksIn(folder);
  const paths = [`--data-dir=${join(desk, "data")}`, `--objstore.config-file=${objstore}`];
  const { exitCode } = await thanos(["compact", ...paths, "--http-address=127.0.0.1:0", ...bucket.flags]);
  const after = await blocksIn(folder);
  const known = new Set(before.map(({ ulid }) => ulid));
  const wasMarked = new Set(before.filter(isMarkedByRetention).map(({ ulid }) => ulid));
  const actual = {
    made: after
      .filter(({ ulid }) => !known.has(ulid))
      .map(nameOf)
      .sort(),
    marked: after
      .filter((block) => isMarkedByRetention(block) && !wasMarked.has(block.ulid))
      .map(nameOf)
      .sort(),
  };
  return { exitCode, actual, predicted: predictedOf(before, v.parse(AuditSettings, bucket.settings), now) };
}

/** By the audit's rules: two passes of downsampling, then retention, each over what the compactor sees then. */
function predictedOf(blocks: readonly ReadableBlock[], settings: AuditSettings, now: number): Outcome {
  const made: ReadableBlock[] = [];
  const live = () =>
    liveGroups(byStreamOf([...blocks, ...made]), { settings, now, groupKeyOf }).flatMap((group) => group.blocks);
  for (let pass = 0; pass < PASSES; pass += 1) {
    made.push(...toDownsample(live()).map((block, index) => downsampled(block, `${pass}${index}`)));
  }
  const marked = live().filter(
    ({ meta, deletionMark }) =>
      deletionMark === undefined && (expiresAt(meta, settings.retention) ?? Number.POSITIVE_INFINITY) < now,
  );
  return { made: made.map(nameOf).sort(), marked: marked.map(nameOf).sort() };
}

/** With a ULID later than all others. */
function downsampled(block: ReadableBlock, salt: string): ReadableBlock {
  const resolution: Resolution = nextResolution(block.meta.resolution) ?? 0;
  const ulid = salt.padStart(26, "7");
  const meta = { ...block.meta, ulid, resolution, source: "compactor" };
  return { ...block, ulid, meta, deletionMark: undefined, noDownsampleMark: undefined };
}

describe(`${BUCKETS} random buckets, downsampled and subjected to retention by the rules and by the real compactor`, () => {
  let runs: readonly Run[];

  beforeAll(async () => {
    groupKeyOf = await groupKeys();
    runs = await pMap(agedBuckets(BUCKETS, { seed: SEED, now: Date.now() }), runBoth, { concurrency: TOGETHER });
  }, 600_000);

  it("get exactly the blocks of 5 m and 1 h that the rules say, and the marks", () => {
    const differing = runs.flatMap(({ actual, predicted }, index) =>
      JSON.stringify(actual) === JSON.stringify(predicted) ? [] : [{ index, actual, predicted }],
    );
    expect(differing).toEqual([]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual(runs.map(() => 0));
  });

  it("are of every kind", () => {
    const made = runs.flatMap(({ actual }) => actual.made);
    const marked = runs.flatMap(({ actual }) => actual.marked);
    const of = (names: readonly string[], resolution: number) =>
      names.filter((name) => name.includes(` ${resolution} `));
    const counts = {
      made5m: of(made, 300_000).length,
      made1h: of(made, 3_600_000).length,
      markedRaw: of(marked, 0).length,
      marked5m: of(marked, 300_000).length,
      marked1h: of(marked, 3_600_000).length,
      nothing: runs.filter(({ actual }) => actual.made.length + actual.marked.length === 0).length,
    };
    process.stderr.write(`downsampling: ${JSON.stringify({ buckets: runs.length, ...counts })}\n`);
    const { nothing, ...others } = counts;
    for (const count of Object.values(others)) expect(count).toBeGreaterThanOrEqual(10);
    expect(nothing).toBeLessThan(BUCKETS / 4);
  });
});

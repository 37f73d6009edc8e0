import { join } from "node:path";
import pMap from "p-map";
import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import { readableBlocks } from "#blocks/block/block";
import { type GroupKeyOf, groupKeys } from "#blocks/block/group-key";
import { readBucket } from "#blocks/read-bucket";
import { AuditSettings } from "#config/audit-settings";
import { directoryBucket } from "#local/directory-bucket";
import { type CompactEvent, compactEvents } from "#test/real/planner/compact-log";
import { type Prediction, predictRun } from "#test/real/planner/predict";
import { objectsOf, type RandomBucket, randomBuckets } from "#test/real/planner/random-buckets";
import { makeFolderBucket } from "#test/real/servers/block-bucket";
import { thanos } from "#test/real/servers/compactor";

const BUCKETS = 300;
const SEED = 20_261_121;
const TOGETHER = 4;

interface Run {
  readonly bucket: RandomBucket;
  readonly exitCode: number;
  readonly actual: readonly CompactEvent[];
  readonly predicted: Prediction;
  /** Of the planner: `<ULID> <reason>`. */
  readonly marks: readonly string[];
  readonly made: ReadonlyMap<string, readonly [minTime: number, maxTime: number]>;
}

let groupKeyOf: GroupKeyOf;

async function runBoth(bucket: RandomBucket): Promise<Run> {
  const now = Date.now();
  const { folder, desk, objstore } = await makeFolderBucket(objectsOf(bucket, now));
  const before = readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks);
  const own = ["--log.format=json", "--http-address=127.0.0.1:0", "--downsampling.disable"];
  const paths = [`--data-dir=${join(desk, "data")}`, `--objstore.config-file=${objstore}`];
  const result = await thanos(["compact", ...paths, ...own, ...bucket.flags]);
  const after = readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks);
  const actual = compactEvents(result);
  const settings = v.parse(AuditSettings, bucket.settings);
  const vertical = settings.verticalCompaction || settings.deduplicationReplicaLabels.length > 0;
  const { maxIndexBytes } = bucket;
  const options = { vertical, ...(maxIndexBytes !== undefined && { maxIndexBytes }) };
  const byUlid = new Map(after.map((block) => [block.ulid, block]));
  const predicted = predictRun({ blocks: before, after: byUlid, actual, settings, options, now, groupKeyOf });
  const marks = after.flatMap(({ ulid, noCompactMark }) =>
    noCompactMark === undefined || noCompactMark.reason === "manual" ? [] : [`${ulid} ${noCompactMark.reason}`],
  );
  const ulids = new Set(before.map(({ ulid }) => ulid));
  const fresh = after.filter(({ ulid }) => !ulids.has(ulid));
  const made = new Map(fresh.map(({ ulid, meta }) => [ulid, [meta.minTime, meta.maxTime] as const]));
  return { bucket, exitCode: result.exitCode, actual, predicted, marks: marks.toSorted(), made };
}

describe(`${BUCKETS} random buckets, planned by the port and by the real compactor`, () => {
  let runs: readonly Run[];

  beforeAll(async () => {
    groupKeyOf = await groupKeys();
    runs = await pMap(randomBuckets(BUCKETS, { seed: SEED, now: Date.now() }), runBoth, { concurrency: TOGETHER });
  }, 600_000);

  it("are compacted, and halt it, as the port says: every plan of every run, to the last", () => {
    const differing = runs.flatMap(({ bucket, actual, predicted }, index) =>
      JSON.stringify(actual) === JSON.stringify(predicted.events)
        ? []
        : [{ index, kind: bucket.kind, actual, predicted: predicted.events }],
    );
    expect(differing).toEqual([]);
  });

  it("lead to blocks of the times that the port says", () => {
    for (const { made, predicted } of runs) expect(made).toEqual(predicted.made);
  });

  it("get the no-compact marks that the port says", () => {
    for (const { marks, predicted } of runs) expect(marks).toEqual(predicted.marks);
  });

  it("end the compactor exactly where the port sees a halt", () => {
    for (const { exitCode, predicted } of runs) {
      expect(exitCode).toBe(predicted.events.some(({ kind }) => kind === "halted") ? 1 : 0);
    }
  });

  it("are of every kind", () => {
    const counts = countsOf(runs);
    process.stderr.write(`planner: ${JSON.stringify(counts)}\n`);
    expect(counts.buckets).toBeGreaterThanOrEqual(300);
    expect(counts.withPlan).toBeGreaterThanOrEqual(100);
    expect(counts.overlapping).toBeGreaterThanOrEqual(50);
    expect(counts.withMarks).toBeGreaterThanOrEqual(50);
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(0);
  });
});

/** Of what happened, not of what was meant. */
function countsOf(runs: readonly Run[]) {
  const count = (isSo: (run: Run) => boolean) => runs.filter(isSo).length;
  const halted = (reason: string) =>
    count(({ actual }) => actual.some((event) => event.kind === "halted" && event.reason === reason));
  return {
    buckets: runs.length,
    withPlan: count(({ actual }) => actual.some(({ kind }) => kind === "planned")),
    plans: runs.flatMap(({ actual }) => actual.filter(({ kind }) => kind === "planned")).length,
    overlapping: count(({ predicted }) => predicted.first.some(isOverlap)),
    haltedByOverlap: halted("overlap"),
    haltedBySources: halted("shared-sources"),
    withMarks: count(({ bucket }) => bucket.blocks.some(({ hasNoCompactMark }) => hasNoCompactMark)),
    forTombstones: count(({ predicted }) => predicted.first.some((outcome) => reasonOf(outcome) === "tombstones")),
    markedByPlanner: count(({ marks }) => marks.length > 0),
    nothingToDo: count(({ actual }) => actual.length === 0),
  };
}

function isOverlap(outcome: Prediction["first"][number]): boolean {
  return outcome.kind === "halt" ? outcome.reason === "overlap" : reasonOf(outcome) === "overlap";
}

function reasonOf(outcome: Prediction["first"][number]): string {
  return outcome.kind === "compact" ? outcome.plan.reason.kind : "";
}

import type { Bucket } from "#blocks/bucket/bucket";
import { compareKeys } from "#blocks/bucket/listing";
import { bucketOfRecording } from "#local/recorded-bucket";
import { MUTABLE, SENTINELS } from "#test/fuzz/base";
import { type Failure, failing } from "#test/fuzz/failing";
import { MUTATIONS, type Objects } from "#test/fuzz/mutations";
import { randomOf, seedOf } from "#test/fuzz/random";

export interface FuzzCase {
  readonly bucket: Bucket;
  /** What was done to it, for a report. */
  readonly done: readonly string[];
  /** What is there. */
  readonly objects: Objects;
  readonly failure: Failure;
  readonly settings: Settings;
  /** Judged with an index, and written for people as well, which takes its time. */
  readonly isThorough: boolean;
}

type Settings = Readonly<Record<string, unknown>>;

const SETTINGS: readonly [Settings, ...Settings[]] = [
  {},
  {},
  { verticalCompaction: true },
  { deduplicationReplicaLabels: ["replica"] },
  { replicaLabels: [], expectedClusters: [{ cluster: "x" }, { "": "" }] },
  { retention: { raw: "3d", "5m": "10d", "1h": "30d" }, requiredLabels: ["cluster"], knownLabels: ["replica"] },
  { deleteDelay: "0s", consistencyDelay: "0s", blockRange: "1m", downsampling: false },
];

/** So many things are mutated in one bucket. */
export const CASES_OF_A_BUCKET = 8;

/** One bucket with so many things mutated in it: always the same for a seed and an index. */
export function fuzzCase(seed: number, index: number): FuzzCase {
  const random = randomOf(seedOf(seed, index));
  const objects: Objects = new Map(MUTABLE.map((one) => [one.key, one]));
  const settings = random.pick(SETTINGS);
  const pageSize = random.pick([1000, 1000, 1000, 7, 1]);
  const done = Array.from({ length: CASES_OF_A_BUCKET }, () => random.pick(MUTATIONS)(objects, random));
  for (const one of SENTINELS) objects.set(one.key, one);
  const inOrder = [...objects.values()].sort((a, b) => compareKeys(a.key, b.key));
  const sound = bucketOfRecording(inOrder, { url: "s3://blocks", pageSize });
  const common = { objects, settings, isThorough: random.oneIn(8) };
  if (!random.oneIn(12)) return { ...common, bucket: sound, done, failure: "never" };
  const { bucket, what, failure } = failing(sound, random);
  return { ...common, bucket, done: [...done, what], failure };
}

import { HISTORY, type Measured, type MeasuredUse } from "#bench/cost/measured";
import { PRICES } from "#bench/cost/prices";
import { SHARD_SIZES } from "#blocks/index/arrange";
import { sizeOf } from "#stacks/sizes";
import { type FunctionName, functions } from "#stacks/wiring";

export const HOURS = 730;
const GB = 1e9;

/** What no simulation can tell. docs/cost.md gives the reasons. */
export const ASSUMED = {
  /** Of a call over the network; those of one invocation are taken to follow each other. */
  secondsPerCall: 0.04,
  /** Of an invocation beside its calls, its share of cold starts included. */
  secondsPerInvocation: 0.15,
  /** Reading or writing, and parsing, of large objects. */
  bytesPerSecond: 50e6,
  /** In a bucket with a year of compacted and downsampled blocks. */
  blocksPerStream: 100,
  objectsPerBlock: 4,
  /** docs/adr/0011. */
  indexBytesPerSource: 13,
  streamsPerCluster: 2,
  uploadsPerStreamAndDay: 12,
  /** meta.json and marks, written and removed by sidecar and compactor, per uploaded block. */
  metaEventsPerUpload: 5,
  objectEventsPerUpload: 20,
  /** Of index-block, which waits 20 seconds for more. */
  eventsPerBatch: 10,
  /** A shard that takes new blocks is between its size and twice that. */
  shardsOfSize: 1.5,
  changesPerClusterAndDay: 4,
  platformLogBytesPerInvocation: 600,
  /** Lambda's: five long polls of 20 seconds on each queue. */
  pollsPerQueueAndHour: 900,
  fullListingsPerDay: 4,
  versionDays: { indexes: 1, others: 30 },
  alarms: 50,
} as const;

const DAYS = HOURS / 24;

/** Monthly counts of one function. */
export interface Monthly extends MeasuredUse {
  readonly seconds: number;
}

/** Between and beyond what was measured every count is on the line through both sizes; seconds are computed. */
export function monthOf(hours: readonly Measured[], clusters: number): ReadonlyMap<FunctionName, Monthly> {
  const names = (Object.keys(functions) as FunctionName[]).filter((name) => hours.some(({ uses }) => name in uses));
  const month = new Map(names.map((name) => [name, timed(times(lineThrough(hours, name, clusters), HOURS))] as const));
  const check = month.get("check-store-list");
  const changes = clusters * ASSUMED.changesPerClusterAndDay * DAYS;
  if (check !== undefined) month.set("publish-store-list", timed(times(check, changes / check.invocations)));
  const index = month.get("index-block");
  if (index !== undefined) month.set("index-block", indexing(hours, index, clusters));
  const audit = month.get("audit-bucket");
  if (audit !== undefined) month.set("audit-bucket", fromIndex(hours, audit, clusters));
  const tails = month.get("list-bucket");
  if (tails !== undefined) month.set("list-bucket", listing(fromIndex(hours, tails, clusters), clusters));
  return month;
}

export function blocksOf(clusters: number): number {
  return clusters * ASSUMED.streamsPerCluster * ASSUMED.blocksPerStream;
}

export function uploadsOf(clusters: number): number {
  return clusters * ASSUMED.streamsPerCluster * ASSUMED.uploadsPerStreamAndDay * DAYS;
}

/** Of the index, per block of two hours: the last write of index-block was of all of them. */
export function indexBytesPerBlock(hours: readonly Measured[]): number {
  const { clusters = 1, uses = {} } = hours.at(-1) ?? {};
  const { s3WrittenBytes = 0, invocations = 1 } = uses["index-block"] ?? {};
  return s3WrittenBytes / invocations / (clusters * ASSUMED.streamsPerCluster * HISTORY);
}

/** A block for each of two hours, whatever it lies in by now: its ULID is kept. */
function indexBytes(hours: readonly Measured[], clusters: number): number {
  const heads = clusters * ASSUMED.streamsPerCluster * ASSUMED.uploadsPerStreamAndDay * 365;
  return blocksOf(clusters) * indexBytesPerBlock(hours) + heads * ASSUMED.indexBytesPerSource;
}

/** The shard of the newest blocks, that nearly every batch writes. */
function shardBytes(hours: readonly Measured[], clusters: number): number {
  return Math.min(indexBytes(hours, clusters), ASSUMED.shardsOfSize * SHARD_SIZES.recent);
}

/** Blocks of the last four days are in small shards. */
function shardsOf(hours: readonly Measured[], clusters: number): number {
  const days = SHARD_SIZES.recentMs / 86_400_000;
  const perDay = clusters * ASSUMED.streamsPerCluster * ASSUMED.uploadsPerStreamAndDay;
  const recent = days * perDay * indexBytesPerBlock(hours);
  const old = indexBytes(hours, clusters) / SHARD_SIZES.old;
  return Math.ceil(recent / (ASSUMED.shardsOfSize * SHARD_SIZES.recent)) + Math.ceil(old);
}

/** Each batch reads the root, reads and writes a shard, lists and reads its blocks. */
function indexing(hours: readonly Measured[], of: Monthly, clusters: number): Monthly {
  const events = uploadsOf(clusters) * ASSUMED.metaEventsPerUpload;
  const invocations = events / ASSUMED.eventsPerBatch;
  const shard = shardBytes(hours, clusters);
  const calls = 3 * invocations + 2 * events;
  const s3WrittenBytes = invocations * shard;
  const seconds =
    invocations * (ASSUMED.secondsPerInvocation + (2 * shard) / ASSUMED.bytesPerSecond) +
    calls * ASSUMED.secondsPerCall;
  return {
    ...of,
    invocations,
    calls,
    s3Reads: 2 * invocations + events,
    s3Writes: invocations + events,
    s3WrittenBytes,
    seconds,
  };
}

/** With the full listings, none of which falls into the hour. A LIST answers with a thousand objects. */
function listing(tails: Monthly, clusters: number): Monthly {
  const pages = Math.ceil((blocksOf(clusters) * ASSUMED.objectsPerBlock) / 1000);
  const lists = ASSUMED.fullListingsPerDay * DAYS * pages;
  return { ...tails, s3Writes: tails.s3Writes + lists, seconds: tails.seconds + lists * ASSUMED.secondsPerCall };
}

/** Reads the whole index, sixteen shards at a time. */
function fromIndex(hours: readonly Measured[], of: Monthly, clusters: number): Monthly {
  const shards = of.invocations * shardsOf(hours, clusters);
  const bytes = of.invocations * indexBytes(hours, clusters);
  const seconds = of.seconds + (shards * ASSUMED.secondsPerCall) / SHARDS_AT_ONCE + bytes / ASSUMED.bytesPerSecond;
  return { ...of, s3Reads: of.s3Reads + shards, seconds };
}

const SHARDS_AT_ONCE = 16;

function timed(use: MeasuredUse): Monthly {
  return { ...use, seconds: use.invocations * ASSUMED.secondsPerInvocation + use.calls * ASSUMED.secondsPerCall };
}

const COUNTS = [
  "invocations",
  "calls",
  "readUnits",
  "writeUnits",
  "changes",
  "s3Reads",
  "s3Writes",
  "s3WrittenBytes",
  "sqsSends",
  "snsPublishes",
  "logBytes",
] as const satisfies readonly (keyof MeasuredUse)[];
const NOTHING = Object.fromEntries(COUNTS.map((count) => [count, 0])) as Record<(typeof COUNTS)[number], number>;

function lineThrough(hours: readonly Measured[], name: FunctionName, clusters: number): MeasuredUse {
  const [small, large] = [hours.at(0), hours.at(-1)];
  const [low, high] = [small?.uses[name] ?? NOTHING, large?.uses[name] ?? NOTHING];
  const [from = 0, to = 1] = [small?.clusters, large?.clusters];
  const at = (count: (typeof COUNTS)[number]) =>
    Math.max(0, low[count] + ((high[count] - low[count]) * (clusters - from)) / (to - from));
  return { ...NOTHING, ...Object.fromEntries(COUNTS.map((count) => [count, at(count)])) };
}

function times(use: MeasuredUse, factor: number): MeasuredUse {
  return { ...NOTHING, ...Object.fromEntries(COUNTS.map((count) => [count, use[count] * factor])) };
}

export interface Line {
  readonly what: string;
  readonly dollars: number;
}

/** The lines of a month's bill for the hub. */
export function billOf(hours: readonly Measured[], clusters: number): readonly Line[] {
  const month = monthOf(hours, clusters);
  const sum = (count: keyof Monthly) => [...month.values()].reduce((total, use) => total + use[count], 0);
  const messages = [...month].reduce(
    (all, [name, use]) => all + (functions[name].source.kind === "queue" ? use.invocations : 0),
    0,
  );
  const queues = Object.values(functions).filter(({ source }) => source.kind === "queue").length;
  const requests = 2 * messages + sum("sqsSends") + queues * ASSUMED.pollsPerQueueAndHour * HOURS;
  const scheduled = [...month].reduce(
    (all, [name, use]) => all + (functions[name].source.kind === "schedule" ? use.invocations : 0),
    0,
  );
  const events = uploadsOf(clusters) * ASSUMED.objectEventsPerUpload + scheduled;
  const logs = sum("logBytes") + sum("invocations") * ASSUMED.platformLogBytesPerInvocation;
  const indexes = [...month].reduce((all, [name, use]) => all + (INDEXING.has(name) ? use.s3WrittenBytes : 0), 0);
  const others = sum("s3WrittenBytes") - indexes;
  const versions = (indexes * ASSUMED.versionDays.indexes + others * ASSUMED.versionDays.others) / DAYS;
  const records = ((hours.at(-1)?.recordBytes ?? 0) / (hours.at(-1)?.clusters ?? 1)) * clusters;
  return [
    { what: "Lambda, reconcile-cluster", dollars: lambda("reconcile-cluster", month) },
    {
      what: "Lambda, audits and index-block",
      dollars: [...INDEXING].reduce((all, name) => all + lambda(name, month), 0),
    },
    {
      what: "Lambda, the others",
      dollars: [...month.keys()].filter((name) => !NAMED.has(name)).reduce((all, name) => all + lambda(name, month), 0),
    },
    {
      what: "DynamoDB",
      dollars:
        sum("readUnits") * PRICES.dynamoRead +
        sum("writeUnits") * PRICES.dynamoWrite +
        (records / GB) * PRICES.dynamoGbMonth,
    },
    { what: "S3 requests", dollars: sum("s3Reads") * PRICES.s3Read + sum("s3Writes") * PRICES.s3Write },
    { what: "S3, old versions of our bucket", dollars: (versions / GB) * PRICES.s3GbMonth },
    { what: "SQS and SNS", dollars: requests * PRICES.sqsRequest + sum("snsPublishes") * PRICES.snsPublish },
    { what: "EventBridge", dollars: events * PRICES.event },
    { what: "Logs", dollars: (logs / GB) * PRICES.logGb },
    {
      what: "Alarms, secret, zone",
      dollars: ASSUMED.alarms * PRICES.alarmMonth + PRICES.secretMonth + PRICES.zoneMonth,
    },
  ];
}

const INDEXING = new Set<FunctionName>(["list-bucket", "audit-bucket", "index-block"]);
const NAMED = new Set<FunctionName>(["reconcile-cluster", ...INDEXING]);

function lambda(name: FunctionName, month: ReadonlyMap<FunctionName, Monthly>): number {
  const { invocations = 0, seconds = 0 } = month.get(name) ?? {};
  const { memoryMb, architecture } = sizeOf(name);
  const price = architecture === "arm64" ? PRICES.lambdaArmGbSecond : PRICES.lambdaX86GbSecond;
  return invocations * PRICES.lambdaRequest + seconds * (memoryMb / 1024) * price;
}

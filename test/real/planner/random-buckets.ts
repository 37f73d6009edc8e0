import type * as v from "valibot";
import type { Resolution } from "#blocks/block/meta";
import type { AuditSettings } from "#config/audit-settings";
import { tinyBlockFiles } from "#test/real/planner/tiny-block";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KINDS = ["plain", "marked", "overlapping", "merging", "large", "odd", "tombstones"] as const;

/** What a bucket was made to show; what it really holds is counted from the outcome. */
export type BucketKind = (typeof KINDS)[number];

export interface RandomBucket {
  readonly kind: BucketKind;
  /** Of the compactor, beside those that every run has. */
  readonly flags: readonly string[];
  /** The same for the audit. */
  readonly settings: v.InferInput<typeof AuditSettings>;
  readonly maxIndexBytes: number | undefined;
  readonly blocks: readonly RandomBlock[];
}

/** Times in ms. */
export interface RandomBlock {
  readonly ulid: string;
  readonly min: number;
  readonly max: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly resolution: Resolution;
  readonly sources: readonly string[];
  readonly source: string;
  readonly uploaded: number;
  readonly failed: boolean;
  readonly isEmpty: boolean;
  readonly indexSize: number;
  readonly tombstones: number;
  readonly hasNoCompactMark: boolean;
  readonly markedAt: number | undefined;
}

export type Random = () => number;

/** Of the longest window: buckets of one seed differ by nothing but whole windows, whenever they are made. */
const GRID = 14 * 24 * HOUR;

/** The newest block has been uploaded by `now`. */
function gridBefore(now: number): number {
  return Math.floor((now - 2 * HOUR) / GRID) * GRID;
}

/** `count` buckets with one or two streams each; the same for the same seed. */
export function randomBuckets(
  count: number,
  { seed, now }: { readonly seed: number; readonly now: number },
): RandomBucket[] {
  return Array.from({ length: count }, (_, index) => {
    const kind = KINDS[index % KINDS.length] ?? "plain";
    return randomBucket(kind, mulberry32(seed + index), now);
  });
}

function randomBucket(kind: BucketKind, random: Random, now: number): RandomBucket {
  const streams = random() < 0.3 ? ["a", "b"] : ["a"];
  const blocks = streams.flatMap((cluster) => changed(kind, streamOf(random, { cluster, now, kind }), random, now));
  const base = { kind, blocks: withDistinctBegins(blocks), maxIndexBytes: undefined };
  if (kind === "merging") {
    const byReplica = random() < 0.4;
    const flag = byReplica ? "--deduplication.replica-label=replica" : "--compact.enable-vertical-compaction";
    const settings = byReplica ? { deduplicationReplicaLabels: ["replica"] } : { verticalCompaction: true };
    return { ...base, flags: [flag, NO_DELAY], settings: { ...settings, consistencyDelay: "0s" } };
  }
  if (kind === "large") {
    const flags = ["--compact.block-max-index-size=1MB", NO_DELAY];
    return { ...base, flags, settings: { consistencyDelay: "0s" }, maxIndexBytes: 2 ** 20 };
  }
  // With a delay a block that is compacted alone comes back for half of it, and the run does not end.
  if (kind === "tombstones") {
    return { ...base, flags: [NO_DELAY, "--delete-delay=0s"], settings: { consistencyDelay: "0s", deleteDelay: "0s" } };
  }
  // Its blocks are half an hour old, or not yet.
  if (kind === "odd") return { ...base, flags: ["--consistency-delay=30m"], settings: {} };
  return { ...base, flags: [NO_DELAY], settings: { consistencyDelay: "0s" } };
}

const NO_DELAY = "--consistency-delay=0s";

/** Blocks of one producer, the older ones compacted here and there, with gaps. */
function streamOf(
  random: Random,
  { cluster, now, kind }: { readonly cluster: string; readonly now: number; readonly kind: BucketKind },
): RandomBlock[] {
  const newest = gridBefore(now) - 2 * HOUR * int(random, 20);
  const resolution = kind === "merging" && random() < 0.3 ? 300_000 : 0;
  const late = random() < 0.6 ? 1 + int(random, MINUTE) : 0;
  const count = 3 + int(random, 10);
  const blocks: RandomBlock[] = [];
  let end = newest;
  while (blocks.length < count) {
    const hours = pick(random, blocks.length < 2 ? [2] : [2, 2, 2, 8, 8, 48]);
    const length = end % (hours * HOUR) === 0 ? hours * HOUR : 2 * HOUR;
    const rest = { labels: { cluster, replica: "0" }, resolution } as const;
    blocks.push(blockOf(random, { min: end - length + late, max: end, ...rest }));
    end -= length + (random() < 0.12 ? 2 * HOUR * (1 + int(random, 4)) : 0);
  }
  return blocks.reverse();
}

function changed(kind: BucketKind, blocks: readonly RandomBlock[], random: Random, now: number): RandomBlock[] {
  switch (kind) {
    case "plain":
      return [...blocks];
    case "marked":
      return blocks.map((block) => ({ ...block, hasNoCompactMark: random() < 0.25 }));
    case "large":
      return blocks.map((block) => ({ ...block, indexSize: 50_000 * (1 + int(random, 10)) }));
    case "overlapping":
      return [...blocks, ...overlapping(blocks, random)].map((block) => ({
        ...block,
        hasNoCompactMark: random() < 0.15,
      }));
    case "merging":
      return [...blocks, ...overlapping(blocks, random)].map((block) => ({
        ...block,
        hasNoCompactMark: random() < 0.1,
      }));
    case "odd":
      return odd(blocks, random, now);
    case "tombstones":
      return blocks.slice(-2).map((block, index) => (index === 0 ? longWithTombstones(block, random) : block));
  }
}

/** About as long as it has to be, or longer than any window; 5 tombstones in 100 are too few. */
function longWithTombstones(block: RandomBlock, random: Random): RandomBlock {
  const length = pick(random, [7, 8, 9, 400]) * HOUR;
  const max = Math.floor(block.max / (8 * HOUR)) * 8 * HOUR;
  return { ...block, min: max - length, max, tombstones: pick(random, [0, 5, 6, 6, 50]) };
}

/** One to three blocks over others: of a second producer, copied, or long. */
function overlapping(blocks: readonly RandomBlock[], random: Random): RandomBlock[] {
  return Array.from({ length: 1 + int(random, 3) }, () => {
    const over = pick(random, blocks);
    const shift = pick(random, [0, 0, 30 * MINUTE, -30 * MINUTE, 7]);
    const length = pick(random, [over.max - over.min, over.max - over.min, 90 * MINUTE, 5 * HOUR]);
    const replica = pick(random, ["0", "0", "1"]);
    const min = over.min + shift;
    return blockOf(random, { ...over, min, max: min + length, labels: { ...over.labels, replica } });
  });
}

/** What is seldom: covered and marked blocks, shared sources, failed compactions, fresh uploads. */
function odd(blocks: readonly RandomBlock[], random: Random, now: number): RandomBlock[] {
  const [first, second] = blocks.slice(int(random, Math.max(1, blocks.length - 2)));
  const uploaded = now - pick(random, [5 * MINUTE, 20 * MINUTE, 45 * MINUTE]);
  const markedAt = now - pick(random, [HOUR, 20 * HOUR, 28 * HOUR, 60 * HOUR]);
  if (first === undefined || second === undefined) return [...blocks];
  switch (int(random, 5)) {
    case 0: {
      const [one, two] = [blockOf(random, first), blockOf(random, first)];
      const parent = { ...first, sources: [one.ulid, two.ulid], source: "compactor" };
      return [...blocks.map((block) => (block === first ? parent : block)), one];
    }
    case 1:
      return [...blocks, { ...blockOf(random, first), markedAt }];
    case 2: {
      const shared = [...second.sources, ...first.sources].toSorted();
      return blocks.map((block) => (block === second ? { ...second, sources: shared.concat(second.ulid) } : block));
    }
    case 3:
      return blocks.map((block) => ({ ...block, failed: random() < 0.1 }));
    default:
      return blocks.map((block, index) => (index < blocks.length - 3 ? block : { ...block, uploaded }));
  }
}

function blockOf(
  random: Random,
  { min, max, labels, resolution }: Pick<RandomBlock, "min" | "max" | "labels" | "resolution">,
): RandomBlock {
  const ulid = ulidOf(max + HOUR, random);
  return {
    ...{ ulid, min, max, labels, resolution, sources: [ulid], source: "sidecar", uploaded: max + HOUR + MINUTE },
    ...{ failed: false, isEmpty: false, indexSize: 0, tombstones: 0, hasNoCompactMark: false, markedAt: undefined },
  };
}

// The order of blocks with one minTime is arbitrary in the compactor (sort.Slice), and their plan with it.
function withDistinctBegins(blocks: readonly RandomBlock[]): RandomBlock[] {
  const taken = new Set<string>();
  return blocks.map((block) => {
    let { min } = block;
    while (taken.has(`${block.labels.cluster}/${min}`)) min += 1;
    taken.add(`${block.labels.cluster}/${min}`);
    return { ...block, min };
  });
}

/** A stream of `count` heads that have all been uploaded, with what is not the default. */
export function plainHeads(
  count: number,
  { now, rest }: { readonly now: number; readonly rest: Partial<RandomBlock> },
): RandomBlock[] {
  const begin = gridBefore(now) - GRID;
  return Array.from({ length: count }, (_, index) => {
    const [min, max] = [begin + index * 2 * HOUR, begin + (index + 1) * 2 * HOUR];
    return { ...blockOf(mulberry32(index), { min, max, labels: { cluster: "a" }, resolution: 0 }), ...rest };
  });
}

/** Every object of the bucket, by its key. */
export function objectsOf({ blocks }: Pick<RandomBucket, "blocks">, now: number): ReadonlyMap<string, Buffer | string> {
  const objects = new Map<string, Buffer | string>();
  for (const block of blocks) {
    const { ulid, markedAt } = block;
    const { chunks, index } = tinyBlockFiles(block.isEmpty ? undefined : block.min);
    objects.set(`${ulid}/chunks/000001`, chunks).set(`${ulid}/index`, index);
    objects.set(`${ulid}/meta.json`, JSON.stringify(metaOf(block, { chunks: chunks.length, index: index.length })));
    const seconds = (ms: number) => Math.floor(ms / 1000);
    if (block.hasNoCompactMark) {
      const mark = { id: ulid, version: 1, reason: "manual", no_compact_time: seconds(now) };
      objects.set(`${ulid}/no-compact-mark.json`, JSON.stringify(mark));
    }
    if (markedAt !== undefined) {
      const mark = { id: ulid, version: 1, deletion_time: seconds(markedAt) };
      objects.set(`${ulid}/deletion-mark.json`, JSON.stringify(mark));
    }
  }
  return objects;
}

function metaOf(block: RandomBlock, sizes: { readonly chunks: number; readonly index: number }): object {
  const samples = block.isEmpty ? 0 : 1;
  const { ulid, min, max, labels, resolution, sources, source, uploaded, failed, indexSize, tombstones } = block;
  const length = max - min;
  return {
    ...{
      version: 1,
      ulid,
      minTime: min,
      maxTime: max,
      stats: { numSamples: samples, numSeries: 99, numChunks: 1, numTombstones: tombstones },
    },
    compaction: { level: length > 2 * HOUR ? 2 : 1, sources, ...(failed && { failed }) },
    thanos: {
      ...{ labels, downsample: { resolution }, source, upload_time: new Date(uploaded).toISOString() },
      files: [
        { rel_path: "chunks/000001", size_bytes: sizes.chunks },
        { rel_path: "index", size_bytes: indexSize || sizes.index },
        { rel_path: "meta.json" },
      ],
    },
  };
}

export function ulidOf(ms: number, random: Random): string {
  let rest = ms;
  let text = "";
  for (let index = 0; index < 10; index += 1, rest = Math.floor(rest / 32)) text = `${CROCKFORD[rest % 32]}${text}`;
  for (let index = 0; index < 16; index += 1) text += CROCKFORD[int(random, 32)];
  return text;
}

export function int(random: Random, below: number): number {
  return Math.floor(random() * below);
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[int(random, choices.length)];
  if (choice === undefined) throw new RangeError("nothing to choose from");
  return choice;
}

export function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

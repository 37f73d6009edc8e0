import type * as v from "valibot";
import type { Resolution } from "#blocks/block/meta";
import type { AuditSettings } from "#config/audit-settings";
import { int, mulberry32, pick, type Random, type RandomBlock, ulidOf } from "#test/real/planner/random-buckets";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A bucket in which there is nothing to compact: each block is the only one of its stream and resolution. */
export interface AgedBucket {
  /** Of the compactor. */
  readonly flags: readonly string[];
  /** The same for the audit. */
  readonly settings: v.InferInput<typeof AuditSettings>;
  readonly blocks: readonly RandomBlock[];
  /** ULIDs of blocks with a no-downsample mark. */
  readonly kept: readonly string[];
}

/** `count` buckets of blocks of many lengths and ages; the same for the same seed, but for the hour of `now`. */
export function agedBuckets(
  count: number,
  { seed, now }: { readonly seed: number; readonly now: number },
): readonly AgedBucket[] {
  return Array.from({ length: count }, (_, index) => agedBucket(mulberry32(seed + index), now));
}

function agedBucket(random: Random, now: number): AgedBucket {
  const retention = {
    raw: pick(random, ["0d", "40h", "20d", "45d"]),
    "5m": pick(random, ["0d", "10d", "30d"]),
    "1h": pick(random, ["0d", "25d", "50d"]),
  };
  const raw = Array.from({ length: 3 + int(random, 5) }, (_, index) => rawBlock(random, { index, now }));
  const blocks = raw.flatMap((block) => [block, ...downsampledOf(block, random), ...copiedOf(block, random)]);
  const flags = Object.entries(retention).map(([name, kept]) => `--retention.resolution-${name}=${kept}`);
  return {
    flags: [...flags, "--consistency-delay=0s"],
    settings: { retention, consistencyDelay: "0s" },
    blocks: blocks.map((block) =>
      random() < 0.1 ? { ...block, markedAt: now - pick(random, [1, 20, 28]) * HOUR } : block,
    ),
    kept: blocks.flatMap(({ ulid }) => (random() < 0.12 ? [ulid] : [])),
  };
}

/** Just long enough to be downsampled to 5 m or 1 h, just not, or anything else; it ends at any hour of two months. */
function rawBlock(random: Random, { index, now }: { readonly index: number; readonly now: number }): RandomBlock {
  const length = pick(random, [2 * HOUR, 40 * HOUR - 1, 40 * HOUR, 2 * DAY, 10 * DAY - 1, 10 * DAY, 14 * DAY]);
  const max = now - (now % HOUR) - int(random, 60 * 24) * HOUR - HOUR;
  const ulid = ulidOf(max, random);
  return {
    ...{ ulid, min: max - length, max, labels: { cluster: `c${index}` }, resolution: 0, sources: [ulid] },
    ...{ source: "compactor", uploaded: max + HOUR / 2, failed: false, isEmpty: false, indexSize: 0, tombstones: 0 },
    ...{ hasNoCompactMark: false, markedAt: undefined },
  };
}

/** Some have 5 m samples already. Of what is long enough for 1 h none, as a block of these that is made up cannot be read as one. */
function downsampledOf(block: RandomBlock, random: Random): readonly RandomBlock[] {
  if (block.max - block.min >= 10 * DAY - 1 || random() < 0.6) return [];
  return [{ ...block, ulid: ulidOf(block.max + HOUR, random), resolution: 300_000 satisfies Resolution }];
}

/** A block under other labels with the same source. */
function copiedOf(block: RandomBlock, random: Random): readonly RandomBlock[] {
  const labels = { cluster: `copy of ${block.labels.cluster}` };
  return random() < 0.15 ? [{ ...block, ulid: ulidOf(block.max + 2 * HOUR, random), labels }] : [];
}

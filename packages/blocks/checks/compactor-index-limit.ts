import { runsOf, splitByRange } from "#blocks/compactor/plan";
import { indexSizeOf, type PlanBlock, planBlockOf } from "#blocks/compactor/plan-block";
import { INDEX_SHARE, indexLimit, largestBeyond, MAX_INDEX_BYTES } from "#blocks/compactor/plan-group";
import { COMPACTION_RANGES } from "#blocks/compactor/ranges";
import type { Finding } from "#blocks/finding";
import type { BlockGroup } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps } from "#blocks/remedy";
import { count, counted, instant } from "#blocks/text";

const GIB = 2 ** 30;
const LISTED = 50;

interface Together {
  readonly blocks: readonly PlanBlock[];
  /** Bytes. */
  readonly indexes: number;
  readonly from: number;
  readonly range: number;
}

/**
 * `compactor.index-limit`: blocks that are compacted together next have indexes of 70 % of the 64 GiB that one index can
 * have; from 85 % on the compactor leaves the largest out for good. Of a window that is not full yet those blocks count
 * that are compacted no further before it.
 */
export function compactorIndexLimit(model: BucketModel): readonly Finding[] {
  const limit = model.settings.thresholds.indexShare * MAX_INDEX_BYTES;
  return model.groups.flatMap((group) => {
    // Most groups are far from it all together.
    if (indexesOf(group) < limit) return [];
    const worst = largest(group);
    return worst !== undefined && worst.indexes >= limit ? [finding(group, worst)] : [];
  });
}

/** Of all of its blocks, bytes. */
const indexesOf = oncePer(({ blocks }: BlockGroup) => blocks.reduce((sum, block) => sum + indexSizeOf(block), 0));

function largest({ blocks }: BlockGroup): Together | undefined {
  const all = blocks.map(planBlockOf);
  const found = COMPACTION_RANGES.slice(1).flatMap((range, index) => {
    const before = COMPACTION_RANGES[index] ?? 0;
    // Shorter ones are compacted with others first, and their indexes get smaller by it.
    const isWhole = ({ minTime, maxTime }: PlanBlock) => maxTime - minTime > before / 2;
    return splitByRange(all, range).flatMap(({ from, members }) =>
      runsOf(members)
        .map((run) => run.filter(isWhole))
        .filter(({ length }) => length > 1)
        .map((run) => ({ blocks: run, indexes: run.reduce((sum, one) => sum + one.indexSize, 0), from, range })),
    );
  });
  return found.reduce<Together | undefined>(
    (most, one) => (most === undefined || one.indexes > most.indexes ? one : most),
    undefined,
  );
}

function finding(group: BlockGroup, { blocks, indexes, from, range }: Together): Finding {
  const share = indexes / MAX_INDEX_BYTES;
  const marked = largestBeyond(blocks);
  const top = blocks.toSorted((a, b) => b.indexSize - a.indexSize);
  return {
    id: "compactor.index-limit",
    severity: "warning",
    summary: `${counted(blocks.length, "block")} of the window from ${instant(from)} have indexes of ${gib(indexes)} GiB together, ${Math.floor(share * 100)} % of what one can have.`,
    labels: group.labels,
    groupKey: group.key,
    blocks: blocks.map(({ ulid }) => ulid),
    since: null,
    evidence: {
      indexBytes: indexes,
      limitBytes: MAX_INDEX_BYTES,
      marksFromBytes: indexLimit(MAX_INDEX_BYTES),
      window: instant(from),
      rangeMs: range,
      blocks: top
        .slice(0, LISTED)
        .map(({ ulid, indexSize, series }) => ({ block: ulid, indexBytes: indexSize, series })),
    },
    consequence: marked
      ? `At its next look at this window the compactor adds them up by their times, and sets a no-compact mark (index-size-exceeding) on the largest of those up to the limit, ${marked.ulid}, for good; then it begins again with the others. A marked block stays as short as it is, and its time is read from more blocks at every query.`
      : `They are still compacted into one. When the stream grows by ${Math.ceil((INDEX_SHARE / share - 1) * 100)} % the compactor sets a no-compact mark on the largest of each such window, for good; blocks below 40 h are never downsampled then.`,
    remedy: steps(
      "Find which metric or label the series come from, in the newest whole block: `thanos tools bucket inspect` shows series per block, `promtool tsdb analyze` on a copied block the labels.",
      "Drop it at the producer (metric_relabel_configs), or divide the producer by an external label (a shard), so that there are two streams.",
      "Blocks that are there stay as they are.",
    ),
  };
}

function gib(bytes: number): string {
  return count(Math.floor((bytes / GIB) * 10) / 10);
}

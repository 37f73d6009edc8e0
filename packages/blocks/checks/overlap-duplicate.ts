import type { Finding } from "#blocks/finding";
import type { Duplicates } from "#blocks/groups/duplicates";
import { uploadedAt } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { markForDeletion, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";

const HOUR = 3_600_000;
const LISTED = 50;

/**
 * `overlap.a-duplicate`: the same block twice, unmarked. The compactor marks all but one at its next run; when it has run
 * for an hour since and has not, that is a warning (thanos#9042).
 */
export function overlapDuplicate(model: BucketModel): readonly Finding[] {
  if (model.duplicates.length === 0) return [];
  const lastRun = model.readable
    .filter(({ meta }) => meta.source === "compactor")
    .reduce((last, block) => Math.max(last, uploadedAt(block)), Number.NEGATIVE_INFINITY);
  const byGroup = Map.groupBy(model.duplicates, ({ groupKey }) => groupKey);
  return [...byGroup.values()].map((sets) => finding(sets, lastRun));
}

function finding(sets: readonly Duplicates[], lastRun: number): Finding {
  const since = sets.reduce((first, one) => Math.min(first, one.since), Number.POSITIVE_INFINITY);
  const isLeft = lastRun > since + HOUR;
  const copies = sets.reduce((sum, { blocks }) => sum + blocks.length - 1, 0);
  const [first] = sets;
  return {
    id: "overlap.a-duplicate",
    severity: isLeft ? "warning" : "info",
    summary: `${counted(copies, "block")} of this group ${copies === 1 ? "is there" : "are there"} twice: same range, level, sources and numbers.`,
    labels: first?.blocks[0].meta.labels ?? {},
    groupKey: first?.groupKey ?? null,
    blocks: sets.flatMap(({ blocks }) => blocks.map(({ ulid }) => ulid)),
    since: instant(since),
    evidence: {
      duplicates: copies,
      lastCompaction: Number.isFinite(lastRun) ? instant(lastRun) : null,
      sets: sets.slice(0, LISTED).map(({ blocks: [kept, ...others], since: at }) => ({
        kept: kept.ulid,
        others: others.map(({ ulid }) => ulid),
        since: instant(at),
        minTime: instant(kept.meta.minTime),
        maxTime: instant(kept.meta.maxTime),
      })),
    },
    consequence: isLeft
      ? "None for queries. But a compactor that runs marks them at the beginning of each run, and has compacted since without doing so: it does not see both. It may work on a stale listing of the bucket, or another compactor made the second."
      : 'None: the compactor keeps the one with the lower ULID and marks the others at its next run ("outdated block").',
    remedy: isLeft
      ? steps(
          "See whether more than one compactor works on this stream.",
          "Restart the compactor, so that it lists the bucket anew.",
          `If it leaves them still, mark the other of each set. That loses nothing:${markForDeletion("<ULID>", "duplicate")}`,
        )
      : "Nothing, unless it stays.",
  };
}

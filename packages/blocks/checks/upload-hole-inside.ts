import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import type { Finding } from "#blocks/finding";
import { uploadedAt } from "#blocks/groups/filters";
import { allowsOverlaps, type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { steps, uploadBlocks } from "#blocks/remedy";
import { age, counted, instant } from "#blocks/text";

const LISTED = 50;

/** A compacted block with time inside of it that nothing was compacted for. */
interface Holed {
  readonly block: ReadableBlock;
  /** Between its parents, ms; empty where only the number of its sources tells. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Heads that there would be for its whole time. */
  readonly windows: number;
}

/**
 * `upload.hole-inside`: live compacted raw blocks whose parents leave more than 10 m between them, or that have fewer sources
 * than heads fit into their time: what was missing when they were compacted. Streams that `bucket rewrite` was used on go by
 * the parents alone, since it gives each block one new source; and blocks that overlap with another may not lack anything.
 */
export function uploadHoleInside(model: BucketModel): readonly Finding[] {
  const ranges = new Map(
    [...model.clusters.values()].flat().map(({ stream }) => [labelsId(stream.labels), stream.range]),
  );
  const { gap } = model.settings.thresholds;
  return [...model.byStream].flatMap(([id, blocks]) => {
    const holed = holedIn(blocks, { range: ranges.get(id), gap });
    return holed.length === 0 ? [] : [finding(holed, model)];
  });
}

interface Measures {
  /** Of the heads, ms; undefined where the number of the sources tells nothing. */
  readonly range: number | undefined;
  /** Of what may be between two parents, ms. */
  readonly gap: number;
}

const holedIn = oncePer((blocks: readonly ReadableBlock[], { range, gap }: Measures): readonly Holed[] => {
  // Of nearly every stream there is none to look at more closely.
  if (!blocks.some((block) => isWhole(block) && holedOf(block, { range, gap }).length > 0)) return [];
  const told = blocks.some(({ meta }) => meta.rewritten.length > 0) ? undefined : range;
  return withoutOverlaps(blocks.filter(isLive))
    .filter(isWhole)
    .flatMap((block) => holedOf(block, { range: told, gap }));
});

function isLive({ meta, deletionMark }: ReadableBlock): boolean {
  return meta.resolution === 0 && deletionMark === undefined;
}

/** Live, and made of others. */
function isWhole(block: ReadableBlock): boolean {
  return isLive(block) && block.meta.level > 1 && block.meta.source === "compactor";
}

function withoutOverlaps(blocks: readonly ReadableBlock[]): ReadableBlock[] {
  const inOrder = blocks.toSorted((a, b) => a.meta.minTime - b.meta.minTime);
  let end = Number.NEGATIVE_INFINITY;
  return inOrder.filter(({ meta }, index) => {
    const isClear = meta.minTime >= end && (inOrder[index + 1]?.meta.minTime ?? meta.maxTime) >= meta.maxTime;
    end = Math.max(end, meta.maxTime);
    return isClear;
  });
}

function holedOf(block: ReadableBlock, { range, gap }: Measures): Holed[] {
  const { minTime, maxTime, sources, parentGaps } = block.meta;
  const gaps = parentGaps.filter(({ from, to }) => to - from > gap);
  const windows = range === undefined ? 0 : Math.ceil(maxTime / range) - Math.floor(minTime / range);
  return gaps.length > 0 || sources.length < windows ? [{ block, gaps, windows }] : [];
}

function finding(holed: readonly Holed[], model: BucketModel): Finding {
  const labels = holed[0]?.block.meta.labels ?? {};
  const gaps = holed.flatMap((one) => one.gaps.map((gap) => ({ block: one.block.ulid, ...gap })));
  const missing = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const first = holed.reduce((least, { block }) => Math.min(least, uploadedAt(block)), model.now);
  return {
    id: "upload.hole-inside",
    severity: "info",
    summary: `${counted(holed.length, "compacted block")} of this stream ${holed.length === 1 ? "has" : "have"} a hole inside: ${gaps.length === 0 ? "fewer heads went in than its time has room for" : `${age(missing)} in all between what went in`}.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: holed.map(({ block }) => block.ulid),
    since: instant(first),
    evidence: {
      blocks: holed.length,
      missingMs: missing,
      gaps: gaps.slice(0, LISTED).map(({ block, from, to }) => ({
        ...{ block, from: instant(from), to: instant(to), lengthMs: to - from },
      })),
      heads: holed.slice(0, LISTED).map(({ block, windows }) => ({
        block: block.ulid,
        minTime: instant(block.meta.minTime),
        maxTime: instant(block.meta.maxTime),
        sources: block.meta.sources.length,
        expectedSources: windows,
      })),
    },
    consequence: `Queries of this stream have a hole there, for good, as far as no sibling fills it. A head that is uploaded for it now overlaps with the compacted block${allowsOverlaps(model) ? ", and the compactor merges the two" : ": the compactor halts on it"}.`,
    remedy: allowsOverlaps(model)
      ? steps(
          "See whether the producer still has heads of that time on its disk (<data>/<ULID>/meta.json). If not, nothing can be mended.",
          `If it has, copy them into an empty folder (<folder>), and upload them from there; the compactor merges them in:${uploadBlocks("<folder>", labels)}`,
        )
      : steps(
          "Nothing can be mended without vertical compaction: do not upload heads for that time.",
          "If such holes come again and again, look at why the producer is down or loses blocks, and at upload.gap, which tells of a hole while it can still be filled.",
        ),
  };
}

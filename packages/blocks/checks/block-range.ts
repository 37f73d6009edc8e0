import type { Block, ReadableBlock } from "#blocks/block/block";
import type { BlockMeta } from "#blocks/block/meta";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { age, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The widest window of the compactor; windows lie on this grid since the epoch. */
const WIDEST = 14 * 24 * HOUR;
const TOO_LONG = WIDEST + HOUR;
const TOO_SHORT = 10 * MINUTE;

type Fault = "too long" | "crosses a window" | "too short";

/**
 * `block.range`: live blocks whose range no compaction fits: beyond 14 d, or across the edge of a 14 d window; and blocks
 * below 10 m. Short ones are usual where a receiver flushes its head, and where a producer started just before an edge of
 * the grid: those end on it.
 */
export function blockRange(model: BucketModel): readonly Finding[] {
  if (blocksWith(model.parts, isOdd).length === 0) return [];
  return model.groups.flatMap(({ blocks }) =>
    blocks.flatMap((block) => {
      const fault = faultOf(block, model);
      return fault === undefined || block.deletionMark !== undefined ? [] : [finding(block, fault, model)];
    }),
  );
}

/** Whether it can have a fault, by any settings. */
function isOdd({ state }: Block): boolean {
  if (state.kind !== "ok") return false;
  const { minTime, maxTime } = state.meta;
  return maxTime - minTime > TOO_LONG || maxTime - minTime < TOO_SHORT || crosses(state.meta);
}

function crosses({ minTime, maxTime }: BlockMeta): boolean {
  return Math.floor(minTime / WIDEST) !== Math.floor((maxTime - 1) / WIDEST);
}

function faultOf({ meta }: ReadableBlock, { settings }: BucketModel): Fault | undefined {
  const { minTime, maxTime, source, hints } = meta;
  const range = maxTime - minTime;
  if (range > TOO_LONG) return "too long";
  if (crosses(meta)) return "crosses a window";
  const isUsual = source === "receive" || hints.length > 0 || maxTime % settings.blockRange === 0;
  return range < TOO_SHORT && !isUsual ? "too short" : undefined;
}

function finding({ ulid, meta, files }: ReadableBlock, fault: Fault, model: BucketModel): Finding {
  const { minTime, maxTime } = meta;
  const written = files.get("meta.json")?.lastModified;
  const edge = (Math.floor(minTime / WIDEST) + 1) * WIDEST;
  const what = {
    "too long": "longer than any compaction makes",
    "crosses a window": `across the edge of the compactor's 14 d windows at ${instant(edge)}`,
    "too short": "shorter than 10 m, and it does not end on the grid of the blocks",
  }[fault];
  return {
    id: "block.range",
    severity: "warning",
    summary: `The block spans ${age(maxTime - minTime)}, ${instant(minTime)} to ${instant(maxTime)}: ${what}.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: written === undefined ? null : instant(written),
    evidence: {
      rangeMs: maxTime - minTime,
      minTime: instant(minTime),
      maxTime: instant(maxTime),
      level: meta.level,
      source: meta.source,
      samples: meta.samples,
    },
    consequence:
      fault === "too short"
        ? "Queries read it. Many such blocks make queries and each look at the bucket slower, until the compactor has merged them with their neighbours."
        : "Queries read it, but the compactor fits it into no window and never compacts it further. Any block that is uploaded for the same time overlaps with it, and the compactor halts.",
    remedy:
      fault === "too short"
        ? steps("Look at the producer: it cut its head early. Restarts with a snapshot, or a tool, do so.")
        : steps(
            "Find out what made it: a backfill, a merge by hand, or another block duration. Have it make blocks of 2 h on the grid (promtool tsdb create-blocks-from does).",
            "The block can stay if nothing else is uploaded for its time. Retention deletes it as a whole, by its end.",
          ),
  };
}

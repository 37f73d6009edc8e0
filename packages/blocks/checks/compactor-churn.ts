import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId } from "#blocks/block/labels";
import { ulidOfTime, ulidTime } from "#blocks/block/ulid";
import type { Outlook } from "#blocks/compactor/outlook";
import type { Plan } from "#blocks/compactor/plan";
import { type Repeats, repeatsOf } from "#blocks/compactor/plan-group";
import type { Finding } from "#blocks/finding";
import { compareUlids } from "#blocks/groups/duplicate-filter";
import { groupLabels } from "#blocks/groups/filters";
import { type Interval, union } from "#blocks/intervals";
import { allowsOverlaps, type BucketModel, groupKeyFor } from "#blocks/model";
import { oncePer } from "#blocks/once";
import { markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { count, counted, hours, instant } from "#blocks/text";

const DAY = 86_400_000;
/** Blocks of one day of samples, of all lengths and resolutions: three of 8 h, half of one of 2 d, and what comes of them. */
const BASELINE = 4.2;
/** With vertical compaction each 2 h can be merged besides. */
const MERGED = 12;
const LISTED = 50;

/**
 * `compactor.churn`: the compactor makes the same blocks again and again. Foretold, where its plan ends nothing: blocks
 * without samples, or one block for its tombstones (critical: it is lost in the end). Or seen: in the last 24 h it made
 * three times as many blocks of a stream as their time needs.
 */
export function compactorChurn(model: BucketModel): readonly Finding[] {
  const loops = model.settings.deleteDelay === 0 ? [] : model.outlooks.flatMap((outlook) => loopOf(outlook, model));
  const known = new Set(loops.map(({ labels }) => labelsId(labels)));
  return [...loops, ...rewrites(model).filter(({ labels }) => !known.has(labelsId(labels)))];
}

function loopOf({ group, plans }: Outlook, model: BucketModel): readonly Finding[] {
  const found = plans.flatMap((plan) => {
    const repeats = repeatsOf(plan.blocks);
    return repeats === null ? [] : [{ plan, repeats }];
  });
  const loop = found.find(({ repeats }) => repeats === "same-sources") ?? found[0];
  if (loop === undefined) return [];
  const { labels, key } = group;
  return [foretold({ ...loop, labels, groupKey: key }, model)];
}

interface Loop {
  readonly plan: Plan;
  readonly repeats: Repeats;
  readonly labels: Labels;
  readonly groupKey: string;
}

function foretold({ plan, repeats, labels, groupKey }: Loop, model: BucketModel): Finding {
  const half = hours(model.settings.deleteDelay / 2);
  const isLost = repeats === "same-sources";
  const [first] = plan.blocks;
  const id = first?.ulid ?? "";
  return {
    id: "compactor.churn",
    severity: isLost ? "critical" : "warning",
    summary: isLost
      ? `The compactor compacts ${id} alone, for its ${count(first?.tombstones ?? 0)} tombstones, and takes each result for a copy of it.`
      : `${counted(plan.blocks.length, "block")} without a sample are to be compacted together, and nothing comes of it.`,
    labels,
    groupKey,
    blocks: plan.blocks.map(({ ulid }) => ulid),
    since: null,
    evidence: {
      cause: repeats,
      triedWith: "Thanos 0.42.4",
      tombstones: plan.blocks.reduce((sum, { tombstones }) => sum + tombstones, 0),
      samples: plan.blocks.reduce((sum, { samples }) => sum + samples, 0),
    },
    consequence: isLost
      ? `The compactor makes a block of it, marks that block as a duplicate, and plans the same again at once, several times a second, for ${half} (half of --delete-delay). Then the original is passed over and deleted with all its copies: its samples are lost ${hours(model.settings.deleteDelay)} after the first run. Until then nothing is downsampled or subjected to retention.`
      : `The compactor plans them again at once, several times a second, for ${half} (half of --delete-delay) from its first run on. Until then nothing is downsampled or subjected to retention. Nothing is lost.`,
    remedy: isLost ? remedyOfTombstones(id, model) : remedyOfEmpty(model),
  };
}

function remedyOfTombstones(id: string, model: BucketModel): string {
  return steps(
    "Stop the compactor.",
    `Copy the block out of the bucket:${backUp(model, id)}`,
    `If it is marked already (or copies of it are), see delete.uncovered for how to take the marks off.`,
    "Put a block without tombstones in its place: `thanos tools bucket rewrite` of the series that were meant to be deleted makes one, with sources of its own; or edit numTombstones in its meta.json to 0, which leaves the samples as they are.",
    "Start the compactor again.",
  );
}

function remedyOfEmpty(model: BucketModel): string {
  return steps(
    "Find out what makes blocks without samples (block.empty): a producer that scrapes nothing, a rewrite that left nothing.",
    `Mark them, with the compactor stopped. They hold nothing that could be lost:${markForDeletion("<ULID>", "no samples")}`,
    markTakesTime(model),
  );
}

/** What the compactor made of one stream in the last day. */
interface Rewritten {
  readonly labels: Labels;
  readonly blocks: readonly ReadableBlock[];
}

function rewrites(model: BucketModel): readonly Finding[] {
  const { now, settings } = model;
  const byStream = new Map<string, Rewritten & { readonly blocks: ReadableBlock[] }>();
  const since = ulidOfTime(now - DAY);
  for (const stream of model.byStream.values()) {
    const made = madeSince(stream, since);
    const [first] = made;
    if (first === undefined) continue;
    const labels = groupLabels(first.meta.labels, settings.deduplicationReplicaLabels);
    const id = labelsId(labels);
    const known = byStream.get(id) ?? { labels, blocks: [] };
    byStream.set(id, known);
    known.blocks.push(...made);
  }
  const usual = BASELINE + (allowsOverlaps(model) ? MERGED : 0);
  return [...byStream.values()].flatMap((stream) => {
    const days = daysOf(stream.blocks);
    const perDay = stream.blocks.length / days;
    return perDay > settings.thresholds.churn * usual ? [seen(stream, { days, usual, model })] : [];
  });
}

/** What the compactor made of a stream, by ULID. */
const madeOf = oncePer((stream: readonly ReadableBlock[]) =>
  stream.filter(({ meta }) => meta.source === "compactor").sort(compareUlids),
);

function madeSince(stream: readonly ReadableBlock[], since: string): readonly ReadableBlock[] {
  const made = madeOf(stream);
  return made.slice(made.findLastIndex(({ ulid }) => ulid < since) + 1);
}

/** Days of samples in these blocks, at least one: in its first hours a stream gets as many blocks as in a day. */
function daysOf(blocks: readonly ReadableBlock[]): number {
  const times = blocks.map(({ meta }): Interval => ({ from: meta.minTime, to: meta.maxTime }));
  const covered = union(times).reduce((sum, { from, to }) => sum + to - from, 0);
  return Math.max(1, covered / DAY);
}

function seen(
  { labels, blocks }: Rewritten,
  { days, usual, model }: { readonly days: number; readonly usual: number; readonly model: BucketModel },
): Finding {
  const ulids = blocks.map(({ ulid }) => ulid).sort();
  return {
    id: "compactor.churn",
    severity: "warning",
    summary: `The compactor made ${counted(blocks.length, "block")} of ${days.toFixed(1)} d of this stream in the last 24 h; ${count(Math.ceil(usual * days))} are usual.`,
    labels,
    groupKey: groupKeyFor(0, labels, model),
    blocks: ulids.slice(-LISTED),
    since: null,
    evidence: {
      cause: "made-again",
      blocksMade: blocks.length,
      daysOfSamples: Math.round(days * 10) / 10,
      usualPerDay: usual,
      first: instant(ulidTime(ulids[0] ?? "")),
      marked: blocks.filter(({ deletionMark }) => deletionMark !== undefined).length,
      samples: blocks.reduce((sum, { meta }) => sum + meta.samples, 0),
    },
    consequence:
      "It reads and writes the same samples over and over: requests, traffic and disk are paid for each time, everything after it waits, and every block that it replaces stays in the bucket for --delete-delay.",
    remedy: steps(
      "Read in the compactor's log which blocks it plans for this group, and whether they are the same each time.",
      "The same: one block with tombstones, blocks without samples, or a compactor that works on a stale listing (thanos#9042): restart it, and see that there is only one.",
      "Others each time: a producer uploads out-of-order blocks of a long past (out_of_order_time_window), each of which is merged by itself. Make the window shorter.",
    ),
  };
}

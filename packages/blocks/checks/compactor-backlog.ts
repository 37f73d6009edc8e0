import type { ReadableBlock } from "#blocks/block/block";
import { outlooksOf } from "#blocks/compactor/outlook";
import { type Backlog, backlogOf } from "#blocks/compactor/progress";
import type { Finding } from "#blocks/finding";
import { byStreamOf } from "#blocks/groups/by-stream";
import { liveGroups, uploadedAt } from "#blocks/groups/filters";
import { allowsOverlaps, type BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { RETIRED_AFTER } from "#blocks/streams/verdict";
import { age, count, counted, instant } from "#blocks/text";

const HOUR = 3_600_000;
/** The shortest window that every stream has: at this distance as much is due again. */
const STEP = 8 * HOUR;
const DAY = 24 * HOUR;
const LISTED = 20;

/** What there is to do at a time. */
interface Look extends Backlog {
  readonly at: number;
}

/**
 * `compactor.backlog`: more than three compactions to do per stream, and more with each 8 h of the last day: the compactor
 * does less than comes in. What there was to do is computed from the bucket as it was: blocks by their uploads, marks by
 * their times. What has been deleted since was passed over by then, as long as the delete delay is 48 h or more; with a shorter one
 * nothing is said. Critical once a compaction has waited for 48 h.
 */
export function compactorBacklog(model: BucketModel): readonly Finding[] {
  const { now, settings, outlooks } = model;
  const today = { at: now, ...backlogOf(outlooks.flatMap(({ plans }) => plans)) };
  const streams = Math.max(1, activeStreams(model));
  if (today.runs <= settings.thresholds.backlog * streams || settings.deleteDelay < 2 * DAY) return [];
  const looks: Look[] = [today];
  for (let at = now - STEP; at >= now - DAY; at -= STEP) {
    const before = backlogAt(model, at);
    // Not growing all the time: there is no need to look further.
    if (before.runs >= (looks[0]?.runs ?? 0)) return [];
    looks.unshift(before);
  }
  return [finding({ looks, today, streams }, model)];
}

/** Raw groups that had a block in the last 7 d. */
function activeStreams({ groups, now }: BucketModel): number {
  return groups.filter(({ resolution, newest }) => resolution === 0 && now - newest < RETIRED_AFTER).length;
}

function backlogAt(model: BucketModel, at: number): Look {
  const blocks = model.readable.flatMap((block) => asOf(block, at));
  const groups = liveGroups(byStreamOf(blocks), { ...model, now: at });
  const outlooks = outlooksOf(groups, { settings: model.settings, vertical: allowsOverlaps(model) });
  return { at, ...backlogOf(outlooks.flatMap(({ plans }) => plans)) };
}

function asOf(block: ReadableBlock, at: number): readonly ReadableBlock[] {
  if (uploadedAt(block) > at) return [];
  const { deletionMark, noCompactMark } = block;
  const there = <M extends { readonly time: number }>(mark: M | undefined) =>
    mark && mark.time <= at ? mark : undefined;
  return [{ ...block, deletionMark: there(deletionMark), noCompactMark: there(noCompactMark) }];
}

interface Growth {
  /** The oldest first. */
  readonly looks: readonly Look[];
  readonly today: Look;
  readonly streams: number;
}

function finding({ looks, today, streams }: Growth, model: BucketModel): Finding {
  const { now, settings, outlooks, readable } = model;
  const grown = today.runs - (looks[0]?.runs ?? 0);
  const done = readable.filter(
    (block) => block.meta.source === "compactor" && block.meta.resolution === 0 && now - uploadedAt(block) < DAY,
  ).length;
  const oldest = outlooks.reduce((first, { oldest: one }) => Math.min(first, one?.since ?? first), now);
  const most = outlooks.toSorted((a, b) => b.plans.length - a.plans.length).slice(0, LISTED);
  return {
    id: "compactor.backlog",
    severity: now - oldest > settings.thresholds.compactionLagCritical ? "critical" : "warning",
    summary: `${counted(today.runs, "compaction")} of ${counted(today.blocks, "block")} ${today.runs === 1 ? "is" : "are"} to do in ${counted(streams, "stream")}, ${count(grown)} more than a day ago.`,
    labels: {},
    groupKey: null,
    blocks: [],
    since: null,
    evidence: {
      compactionsToDo: today.runs,
      blocksToCompact: today.blocks,
      activeStreams: streams,
      grownInADay: grown,
      rawCompactionsInADay: done,
      oldestEligibleSince: instant(oldest),
      history: looks.map(({ at, runs, blocks }) => ({
        at: instant(at),
        compactionsToDo: runs,
        blocksToCompact: blocks,
      })),
      groups: most.map(({ group, plans }) => ({
        group: group.key,
        labels: group.labels,
        compactionsToDo: plans.length,
      })),
    },
    consequence: `It never ends at this rate: the compactor made ${counted(done, "raw block")} in the last day, and would have to do ${count(grown)} compactions a day more only to keep up. Downsampling begins when nothing is left to compact, retention after that: neither is reached. The oldest compaction has waited for ${age(now - oldest)}.`,
    remedy: steps(
      "See that the compactor is not halted and does not fail on one group again and again (compactor.stalled, compactor.lag).",
      "Give it more: --compact.concurrency up to its number of CPUs, a fast disk, and a place near the bucket.",
      "Divide the streams between several compactors by relabel configs (hashmod on a label that all streams have). No stream may belong to two of them.",
      "Once it has caught up it needs less: in a healthy bucket there are never more than 3 compactions to do per stream.",
    ),
  };
}

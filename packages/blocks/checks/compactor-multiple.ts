import type { Finding } from "#blocks/finding";
import type { Duplicates } from "#blocks/groups/duplicates";
import { uploadedAt } from "#blocks/groups/filters";
import { classifyOverlaps } from "#blocks/groups/overlap-class";
import { type OverlapWindow, overlapSince } from "#blocks/groups/overlaps";
import { type BucketModel, overlapping } from "#blocks/model";
import { command, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";

/** One set can be a compactor's that worked on a stale listing. */
const DUPLICATES_OF_TWO = 2;
const LISTED = 50;

interface Twice {
  readonly groupKey: string;
  readonly blocks: readonly string[];
  readonly since: number;
}

/** `compactor.multiple`: blocks that one compactor does not make: compacted with some sources in common, or the same compaction twice, two times or more. */
export function compactorMultiple(model: BucketModel): readonly Finding[] {
  const shared = overlapping(model).flatMap(({ key, ...group }) =>
    (classifyOverlaps(group, model.settings.blockRange).get("e-two-compactors") ?? []).map((window) =>
      fromWindow(window, key),
    ),
  );
  const equal = model.duplicates.filter(isCompacted).map(fromDuplicates);
  const all = [...shared, ...(equal.length >= DUPLICATES_OF_TWO ? equal : [])];
  return all.length === 0 ? [] : [finding(all, { shared: shared.length, equal: equal.length })];
}

function isCompacted({ blocks }: Duplicates): boolean {
  return blocks.every(({ meta }) => meta.level > 1 && meta.source === "compactor");
}

function fromWindow(window: OverlapWindow, groupKey: string): Twice {
  return { groupKey, blocks: window.blocks.map(({ ulid }) => ulid), since: overlapSince([window], uploadedAt) };
}

function fromDuplicates({ groupKey, blocks, since }: Duplicates): Twice {
  return { groupKey, blocks: blocks.map(({ ulid }) => ulid), since };
}

function finding(
  all: readonly Twice[],
  { shared, equal }: { readonly shared: number; readonly equal: number },
): Finding {
  const groups = new Set(all.map(({ groupKey }) => groupKey));
  const since = all.reduce((first, one) => Math.min(first, one.since), Number.POSITIVE_INFINITY);
  return {
    id: "compactor.multiple",
    severity: "critical",
    summary: `Two compactors work on ${counted(groups.size, "group")}: ${counted(shared, "window")} of compacted blocks with some sources in common, ${counted(equal, "block")} compacted twice.`,
    labels: {},
    groupKey: null,
    blocks: [...new Set(all.flatMap(({ blocks }) => blocks))].sort(),
    since: instant(since),
    evidence: {
      groups: groups.size,
      windowsWithSharedSources: shared,
      compactedTwice: equal,
      sets: all.slice(0, LISTED).map((one) => ({ group: one.groupKey, blocks: one.blocks, since: instant(one.since) })),
    },
    consequence:
      "Each deletes what the other still needs. Blocks that share some of their sources halt a compactor without vertical compaction, and with it the samples are merged twice over. It gets worse with every run.",
    remedy: steps(
      `Find every compactor of this bucket, in all clusters and namespaces, and on people's machines:${command("kubectl get pods --all-namespaces | grep -i compact")}`,
      "Leave one per stream: one alone, or several whose relabel configs (hashmod) leave no stream to two of them. Stop the others, now.",
      "If there is only one, it worked on a stale listing (thanos#9042): restart it.",
      "Then settle what is there: overlap.e-two-compactors and overlap.a-duplicate have the blocks, and what to do with them.",
    ),
  };
}

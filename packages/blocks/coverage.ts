import type { ReadableBlock } from "#blocks/block";
import { labelsId, withoutLabels } from "#blocks/labels";
import type { Resolution } from "#blocks/meta";
import { sourceSpan } from "#blocks/sources";
import type { AuditSettings } from "#config/audit-settings";

/** How Thanos's retention begins the details of its deletion marks (thanos pkg/compact/retention.go). */
const RETENTION_DETAILS = "block exceeding retention of";

/** Thanos's own (compaction, garbage collection, repair, rewrite): it believes that another block has the data. */
const THANOS_DETAILS = new Set([
  "source of compacted block",
  "outdated block",
  "source of repaired block",
  "block rewritten",
]);

/** Whether these details are of a mark that Thanos set because another block has the data. */
export function isOfThanos(details: string): boolean {
  return THANOS_DETAILS.has(details);
}

export function isMarkedByRetention({ deletionMark }: ReadableBlock): boolean {
  return deletionMark?.details.startsWith(RETENTION_DETAILS) ?? false;
}

/** Whether the settings' retention is over for a block, so that it is meant to go. */
export function isPastRetention(
  { meta }: Pick<ReadableBlock, "meta">,
  { settings, now }: { readonly settings: AuditSettings; readonly now: number },
): boolean {
  const retention = retentionOf(meta.resolution, settings);
  return retention > 0 && now > meta.maxTime + retention;
}

function retentionOf(resolution: Resolution, { retention }: AuditSettings): number {
  if (resolution === 0) return retention.raw;
  return resolution === 300_000 ? retention["5m"] : retention["1h"];
}

/** The blocks of one resolution and one label set, replica labels apart. */
interface Group {
  readonly all: ReadableBlock[];
  /** Sources that stay, of those that a block that goes can have; made when it is asked for. */
  kept: ReadonlySet<string> | undefined;
  /** What `thanos tools bucket rewrite` made, by each source that it stands for. */
  readonly rewrites: Map<string, ReadableBlock[]>;
}

/**
 * Makes the function that gives the sources of a block that no other block keeps: of the same resolution and labels, replica
 * labels apart, and not itself going to be deleted. A block that retention deletes still counts: its data is meant to
 * go. A block that `thanos tools bucket rewrite` made stands for those it was made of.
 */
export function lostSources(
  blocks: readonly ReadableBlock[],
  { replicaLabels, deduplicationReplicaLabels }: AuditSettings,
): (block: ReadableBlock) => readonly string[] {
  const dropped = [...replicaLabels, ...deduplicationReplicaLabels];
  const groupOf = ({ meta }: ReadableBlock) => `${meta.resolution} ${labelsId(withoutLabels(meta.labels, dropped))}`;
  const groups = new Map<string, Group>();
  for (const block of blocks) {
    const key = groupOf(block);
    const group = groups.get(key) ?? { all: [], kept: undefined, rewrites: new Map() };
    groups.set(key, group);
    addTo(group, block);
  }

  /** `seen` ends circles of rewrites, which no Thanos makes. */
  function lost(block: ReadableBlock, seen: ReadonlySet<string>): readonly string[] {
    const group = groups.get(groupOf(block));
    if (group === undefined) return [...block.meta.sources];
    group.kept ??= keptSources(group.all);
    const { kept, rewrites } = group;
    const now = new Set([...seen, block.ulid]);
    return block.meta.sources.filter((source) => {
      const made = rewrites.get(source)?.filter(({ ulid }) => !now.has(ulid)) ?? [];
      return !kept.has(source) && !made.some((other) => lost(other, now).length === 0);
    });
  }
  return (block) => lost(block, new Set());
}

function addTo({ all, rewrites }: Group, block: ReadableBlock): void {
  all.push(block);
  for (const source of block.meta.rewritten) {
    const made = rewrites.get(source);
    if (made === undefined) rewrites.set(source, [block]);
    else made.push(block);
  }
}

function stays(block: ReadableBlock): boolean {
  return block.deletionMark === undefined || isMarkedByRetention(block);
}

/**
 * Sources that stay. Left out are those of blocks that end before the first source of any block that goes, or begin after
 * the last: in a bucket at rest that is nearly all of its history.
 */
function keptSources(group: readonly ReadableBlock[]): ReadonlySet<string> {
  const [from, to] = spanOf(group.filter(isAskedFor));
  const kept = new Set<string>();
  for (const { meta } of group.filter(stays)) {
    const span = sourceSpan(meta.sources);
    const isNear = span !== undefined && span.from <= to && span.to >= from;
    if (isNear) for (const source of meta.sources) kept.add(source);
    for (const source of meta.rewritten) kept.add(source);
  }
  return kept;
}

function spanOf(blocks: readonly ReadableBlock[]): readonly [string, string] {
  const spans = blocks.flatMap(({ meta }) => sourceSpan(meta.sources) ?? []);
  let [from, to] = [spans[0]?.from ?? "", ""];
  for (const span of spans) {
    if (span.from < from) from = span.from;
    if (span.to > to) to = span.to;
  }
  return [from, to];
}

/** What goes, and what stands for others: of those it is asked whether all they have stays. */
function isAskedFor(block: ReadableBlock): boolean {
  return !stays(block) || block.meta.rewritten.length > 0;
}

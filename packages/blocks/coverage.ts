import type { ReadableBlock } from "#blocks/block";
import { labelsId, perLabels, withoutLabels } from "#blocks/labels";
import type { Resolution } from "#blocks/meta";
import { holdsAll, sourceTimes } from "#blocks/sources";
import type { AuditSettings } from "#config/audit-settings";

/** How Thanos's retention begins the details of its deletion marks (thanos pkg/compact/retention.go). */
const RETENTION_DETAILS = "block exceeding retention of";

/** Thanos's own (compaction, garbage collection, repair, rewrite): it believes that another block has the data. */
const THANOS_DETAILS = new Set([
  "source of compacted block",
  "outdated block",
  "source of repaired block",
  "manual verify-repair",
  "block rewritten",
]);

/** Above so many blocks each is not looked at for each that goes. */
const FEW = 128;

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
  /** Those that stay and reach into the time of one that goes; made when they are asked for, as is the next. */
  near: readonly ReadableBlock[] | undefined;
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
  let groupOf: ((block: ReadableBlock) => Group) | undefined;

  /** `seen` ends circles of rewrites, which no Thanos makes. */
  function lost(block: ReadableBlock, seen: ReadonlySet<string>): readonly string[] {
    groupOf ??= groupsOf(blocks, dropped);
    const group = groupOf(block);
    const { sources } = block.meta;
    if (isReplaced(block, group)) return NONE;
    group.kept ??= keptSources(group);
    const { kept, rewrites } = group;
    const now = new Set([...seen, block.ulid]);
    return sources.filter((source) => {
      const made = rewrites.get(source)?.filter(({ ulid }) => !now.has(ulid)) ?? [];
      return !kept.has(source) && !made.some((other) => lost(other, now).length === 0);
    });
  }
  return (block) => lost(block, UNSEEN);
}

const NONE: readonly string[] = [];
const UNSEEN: ReadonlySet<string> = new Set();

function groupsOf(blocks: readonly ReadableBlock[], dropped: readonly string[]): (block: ReadableBlock) => Group {
  const byId = new Map<string, Map<Resolution, Group>>();
  const groupsOfLabels = perLabels((labels) => {
    const id = labelsId(withoutLabels(labels, dropped));
    const groups = byId.get(id) ?? new Map<Resolution, Group>();
    byId.set(id, groups);
    return groups;
  });
  const groupOf = ({ meta }: ReadableBlock): Group => {
    const groups = groupsOfLabels(meta.labels);
    const known = groups.get(meta.resolution);
    if (known !== undefined) return known;
    const group: Group = { all: [], near: undefined, kept: undefined, rewrites: new Map() };
    groups.set(meta.resolution, group);
    return group;
  };
  for (const block of blocks) addTo(groupOf(block), block);
  return groupOf;
}

function addTo({ all, rewrites }: Group, block: ReadableBlock): void {
  all.push(block);
  for (const source of block.meta.rewritten) {
    const made = rewrites.get(source);
    if (made === undefined) rewrites.set(source, [block]);
    else made.push(block);
  }
}

function nearOnes({ all }: Group): readonly ReadableBlock[] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const block of all) {
    if (!isAskedFor(block)) continue;
    from = Math.min(from, block.meta.minTime);
    to = Math.max(to, block.meta.maxTime);
  }
  return all.filter((block) => block.meta.minTime <= to && block.meta.maxTime >= from && stays(block));
}

/** Whether one block has taken its place, as nearly always. Among very many a set of their sources finds it sooner. */
function isReplaced(block: ReadableBlock, group: Group): boolean {
  group.near ??= nearOnes(group);
  if (group.near.length > FEW) return false;
  return group.near.some((other) => spans(other, block) && holdsAll(other.meta.sources, block.meta.sources));
}

function spans({ meta }: ReadableBlock, { meta: inner }: ReadableBlock): boolean {
  return meta.minTime <= inner.minTime && meta.maxTime >= inner.maxTime;
}

function stays(block: ReadableBlock): boolean {
  return block.deletionMark === undefined || isMarkedByRetention(block);
}

/**
 * Sources that stay. Left out are those of blocks that end before the first source of any block that goes, or begin after
 * the last: in a bucket at rest that is nearly all of its history.
 */
function keptSources({ all }: Group): ReadonlySet<string> {
  const asked = spanOf(all.filter(isAskedFor));
  const kept = new Set<string>();
  for (const { meta } of all.filter(stays)) {
    const span = sourceTimes(meta.sources);
    const isNear = span !== undefined && span.from <= asked.to && span.to >= asked.from;
    if (isNear) for (const source of meta.sources) kept.add(source);
    for (const source of meta.rewritten) kept.add(source);
  }
  return kept;
}

function spanOf(blocks: readonly ReadableBlock[]): { readonly from: number; readonly to: number } {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { meta } of blocks) {
    const span = sourceTimes(meta.sources);
    if (span === undefined) continue;
    from = Math.min(from, span.from);
    to = Math.max(to, span.to);
  }
  return { from, to };
}

/** What goes, and what stands for others: of those it is asked whether all they have stays. */
function isAskedFor(block: ReadableBlock): boolean {
  return !stays(block) || block.meta.rewritten.length > 0;
}

import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId, withoutLabels } from "#blocks/block/labels";
import type { Resolution } from "#blocks/block/meta";
import { holdsAll, sourceTimes } from "#blocks/block/sources";
import { type ByStream, type Family, familiesOf } from "#blocks/groups/by-stream";
import { oncePer } from "#blocks/once";
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

export function isMarkedByRetention({ deletionMark }: Pick<ReadableBlock, "deletionMark">): boolean {
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

/** A block and its sources that no other block keeps. */
export interface Uncovered {
  readonly block: ReadableBlock;
  readonly lost: readonly string[];
}

/**
 * The marked blocks with sources that no other block keeps: of the same resolution and labels, replica labels apart, and not itself
 * going to be deleted. A block that retention deletes still counts, and is none of them: its data is meant to go. A block that
 * `thanos tools bucket rewrite` made stands for those it was made of.
 */
export function uncoveredBlocks(byStream: ByStream, settings: ReplicaLabels): readonly Uncovered[] {
  return coverageFamilies(byStream, settings).flatMap(({ blocks }) => uncoveredIn(blocks));
}

/** Makes the function that gives the sources of a block that no other block keeps, in the same way. */
export function lostSources(byStream: ByStream, settings: ReplicaLabels): (block: ReadableBlock) => readonly string[] {
  const idOf = (resolution: Resolution, labels: Labels) => `${resolution} ${labelsId(labels)}`;
  const families = new Map(
    coverageFamilies(byStream, settings).map(({ resolution, labels, blocks }) => [
      idOf(resolution, labels),
      coverageOf(blocks),
    ]),
  );
  const replicas = replicasOf(settings);
  return (block) => {
    const { resolution, labels } = block.meta;
    return lostOf(block, families.get(idOf(resolution, withoutLabels(labels, replicas))) ?? coverageOf([]));
  };
}

type ReplicaLabels = Pick<AuditSettings, "replicaLabels" | "deduplicationReplicaLabels">;

function coverageFamilies(byStream: ByStream, settings: ReplicaLabels): readonly Family[] {
  const replicas = replicasOf(settings);
  return familiesOf(byStream, (labels) => withoutLabels(labels, replicas));
}

function replicasOf({ replicaLabels, deduplicationReplicaLabels }: ReplicaLabels): readonly string[] {
  return [...replicaLabels, ...deduplicationReplicaLabels];
}

/** What is known of a family. */
interface Coverage {
  readonly all: readonly ReadableBlock[];
  /** Those that stay and reach into the time of one that goes; made when they are asked for, as is the next. */
  near: readonly ReadableBlock[] | undefined;
  /** Sources that stay, of those that a block that goes can have; made when it is asked for. */
  kept: ReadonlySet<string> | undefined;
  /** What `thanos tools bucket rewrite` made, by each source that it stands for. */
  readonly rewrites: ReadonlyMap<string, readonly ReadableBlock[]>;
}

/** Made anew each time: of a large family its sets are large. */
function coverageOf(all: readonly ReadableBlock[]): Coverage {
  return { all, near: undefined, kept: undefined, rewrites: rewritesIn(all) };
}

const uncoveredIn = oncePer((blocks: readonly ReadableBlock[]): readonly Uncovered[] => {
  const coverage = coverageOf(blocks);
  const goes = blocks.filter((block) => !stays(block) && block.meta.samples > 0);
  return goes.map((block) => ({ block, lost: lostOf(block, coverage) })).filter(({ lost }) => lost.length > 0);
});

/** `seen` ends circles of rewrites, which no Thanos makes. */
function lostOf(block: ReadableBlock, coverage: Coverage, seen: ReadonlySet<string> = UNSEEN): readonly string[] {
  const { sources } = block.meta;
  if (isReplaced(block, coverage)) return NONE;
  coverage.kept ??= keptSources(coverage);
  const { kept, rewrites } = coverage;
  const now = new Set([...seen, block.ulid]);
  return sources.filter((source) => {
    const made = rewrites.get(source)?.filter(({ ulid }) => !now.has(ulid)) ?? [];
    return !kept.has(source) && !made.some((other) => lostOf(other, coverage, now).length === 0);
  });
}

const NONE: readonly string[] = [];
const UNSEEN: ReadonlySet<string> = new Set();

function rewritesIn(blocks: readonly ReadableBlock[]): Coverage["rewrites"] {
  const rewrites = new Map<string, ReadableBlock[]>();
  for (const block of blocks) {
    for (const source of block.meta.rewritten) {
      const made = rewrites.get(source);
      if (made === undefined) rewrites.set(source, [block]);
      else made.push(block);
    }
  }
  return rewrites;
}

function nearOnes({ all }: Coverage): readonly ReadableBlock[] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const block of all) {
    if (!isAskedFor(block)) continue;
    from = Math.min(from, block.meta.minTime);
    to = Math.max(to, block.meta.maxTime);
  }
  return all.filter((block) => block.meta.minTime <= to && block.meta.maxTime >= from && stays(block));
}

/** Whether one block has taken its place, as nearly always. Among very many a set of their sources finds it sooner. */
function isReplaced(block: ReadableBlock, coverage: Coverage): boolean {
  coverage.near ??= nearOnes(coverage);
  if (coverage.near.length > FEW) return false;
  return coverage.near.some((other) => spans(other, block) && holdsAll(other.meta.sources, block.meta.sources));
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
function keptSources({ all }: Coverage): ReadonlySet<string> {
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

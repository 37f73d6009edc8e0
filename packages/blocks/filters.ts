import type { ReadableBlock } from "#blocks/block";
import { compareUlids, withoutDuplicates } from "#blocks/duplicate-filter";
import type { GroupKeyOf } from "#blocks/group-key";
import { type Labels, perLabels, withoutLabels } from "#blocks/labels";
import type { Resolution } from "#blocks/meta";
import { ulidTime } from "#blocks/ulid";
import type { AuditSettings } from "#config/audit-settings";

/** What the compactor compacts together: blocks of one resolution and one label set, replica labels taken off. */
export interface BlockGroup {
  readonly key: string;
  readonly labels: Labels;
  readonly resolution: Resolution;
  /** Live ones, by minTime and then ULID. */
  readonly blocks: readonly ReadableBlock[];
  /** End of the newest samples, ms. */
  readonly newest: number;
  readonly isOverlapping: boolean;
}

export type ConsistencyDelay = Pick<AuditSettings, "consistencyDelay">;

export interface FilterOptions {
  readonly settings: AuditSettings;
  readonly now: number;
  readonly groupKeyOf: GroupKeyOf;
}

// Blocks that the compactor made itself need no delay (thanos pkg/block/fetcher.go, ConsistencyDelayMetaFilter).
const NO_DELAY = new Set(["compactor", "compactor.repair", "bucket.repair"]);

/**
 * The blocks as the compactor sees them at `now`: its filters in its order (thanos cmd/thanos/compact.go). Everything
 * about groups is judged on this set, since else every compaction shows false overlaps for a day.
 */
export function liveGroups(blocks: readonly ReadableBlock[], options: FilterOptions): BlockGroup[] {
  const live = blocks.filter((block) => !isIgnoredByMark(block, options) && isVisible(block, options));
  return groupBlocks(live, options).map(blockGroup);
}

/** The group of these blocks as it was at the last look, by its first block: most groups are the same from one tick to the next. */
const groupsBefore = new WeakMap<ReadableBlock, { readonly gathered: Gathered; readonly group: BlockGroup }>();

function blockGroup(gathered: Gathered): BlockGroup {
  const [first] = gathered.blocks;
  const before = first && groupsBefore.get(first);
  if (before !== undefined && isSame(before.gathered, gathered)) return before.group;
  const blocks = withoutDuplicates(gathered.blocks).sort(byMinTime);
  const group = { ...gathered, blocks, ...reachOf(blocks) };
  if (first !== undefined) groupsBefore.set(first, { gathered, group });
  return group;
}

function isSame(a: Gathered, b: Gathered): boolean {
  return (
    a.key === b.key && a.blocks.length === b.blocks.length && a.blocks.every((block, at) => block === b.blocks[at])
  );
}

function reachOf(blocks: readonly ReadableBlock[]): Pick<BlockGroup, "newest" | "isOverlapping"> {
  let newest = Number.NEGATIVE_INFINITY;
  let isOverlapping = false;
  for (const { meta } of blocks) {
    if (meta.minTime < newest) isOverlapping = true;
    if (meta.maxTime > newest) newest = meta.maxTime;
  }
  return { newest, isOverlapping };
}

/** When the block was uploaded as far as the compactor knows, ms. */
export function uploadedAt({ meta }: Pick<ReadableBlock, "meta">): number {
  return meta.uploadTime ?? ulidTime(meta.ulid);
}

/** When the consistency delay of the block is over, ms. */
export function visibleFrom(block: Pick<ReadableBlock, "meta">, settings: ConsistencyDelay): number {
  return uploadedAt(block) + (NO_DELAY.has(block.meta.source) ? 0 : settings.consistencyDelay);
}

/**
 * Whether the consistency delay lets the compactor see the block. By a clock that is ahead, a block can be of the future.
 * Thanos shows it where its source needs no delay, and also where it goes by the ULID: the unsigned age wraps round to a
 * huge one.
 */
export function isVisible(
  block: Pick<ReadableBlock, "meta">,
  { settings, now }: Pick<FilterOptions, "settings" | "now">,
): boolean {
  const { source, uploadTime, ulid } = block.meta;
  if (NO_DELAY.has(source) || (uploadTime === null && ulidTime(ulid) > now)) return true;
  return visibleFrom(block, settings) <= now;
}

/** When the compactor stops seeing a marked block, ms: half the delete delay after the mark, and not at once. */
export function ignoredFrom(block: Pick<ReadableBlock, "deletionMark">, settings: AuditSettings): number | undefined {
  return block.deletionMark && block.deletionMark.time + settings.deleteDelay / 2;
}

/** Whether the compactor passes the block over because of its deletion mark. */
export function isIgnoredByMark(
  block: Pick<ReadableBlock, "deletionMark">,
  { settings, now }: { readonly settings: AuditSettings; readonly now: number },
): boolean {
  const from = ignoredFrom(block, settings);
  return from !== undefined && now > from;
}

/** External labels without the compactor's replica labels; a block that has no other gets Thanos's stand-in. */
export function groupLabels(labels: Labels, replicaLabels: readonly string[]): Labels {
  const [first] = replicaLabels;
  if (first === undefined) return labels;
  const rest = withoutLabels(labels, replicaLabels);
  return Object.keys(rest).length > 0 ? rest : standIn(first);
}

const standIns = new Map<string, Labels>();

function standIn(label: string): Labels {
  const labels = standIns.get(label) ?? { [label]: "deduped" };
  standIns.set(label, labels);
  return labels;
}

type Gathered = Pick<BlockGroup, "key" | "labels" | "resolution"> & { readonly blocks: ReadableBlock[] };

function groupBlocks(blocks: readonly ReadableBlock[], { settings, groupKeyOf }: FilterOptions): readonly Gathered[] {
  const groups = new Map<string, Gathered>();
  const groupsOf = perLabels((labels) => {
    const byResolution = new Map<Resolution, ReadableBlock[]>();
    return { labels: groupLabels(labels, settings.deduplicationReplicaLabels), byResolution };
  });
  for (const block of blocks) {
    const { resolution } = block.meta;
    const { labels, byResolution } = groupsOf(block.meta.labels);
    const known = byResolution.get(resolution);
    if (known !== undefined) {
      known.push(block);
      continue;
    }
    const key = groupKeyOf(resolution, labels);
    const group = groups.get(key) ?? { key, labels, resolution, blocks: [] };
    groups.set(key, group);
    byResolution.set(resolution, group.blocks);
    group.blocks.push(block);
  }
  return [...groups.values()];
}

function byMinTime(a: ReadableBlock, b: ReadableBlock): number {
  return a.meta.minTime - b.meta.minTime || compareUlids(a, b);
}

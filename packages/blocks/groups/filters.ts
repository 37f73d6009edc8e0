import type { ReadableBlock } from "#blocks/block/block";
import type { GroupKeyOf } from "#blocks/block/group-key";
import { type Labels, withoutLabels } from "#blocks/block/labels";
import type { Resolution } from "#blocks/block/meta";
import { ulidTime } from "#blocks/block/ulid";
import { type ByStream, type Family, familiesOf } from "#blocks/groups/by-stream";
import { compareUlids, withoutDuplicates } from "#blocks/groups/duplicate-filter";
import { type Lasting, oncePer, onceUntil } from "#blocks/once";
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
export type DeleteDelay = Pick<AuditSettings, "deleteDelay">;

export interface FilterOptions {
  readonly settings: AuditSettings;
  readonly now: number;
  readonly groupKeyOf: GroupKeyOf;
}

// Blocks that the compactor made itself need no delay (thanos pkg/block/fetcher.go, ConsistencyDelayMetaFilter).
const NO_DELAY = new Set(["compactor", "compactor.repair", "bucket.repair"]);

/**
 * The blocks as the compactor sees them at `now`: its filters in its order (thanos cmd/thanos/compact.go). Everything
 * about groups is judged on this set, since else every compaction shows false overlaps for a day. In the order of their oldest blocks.
 */
export function liveGroups(byStream: ByStream, options: FilterOptions): readonly BlockGroup[] {
  const { settings, now, groupKeyOf } = options;
  const { consistencyDelay, deleteDelay } = settings;
  const live = groupFamilies(byStream, settings).flatMap(({ labels, resolution, blocks }) => {
    const seen = liveOf(blocks, { consistencyDelay, deleteDelay }, now);
    const [first] = seen;
    if (first === undefined) return [];
    return [{ first, group: groupOf(seen, { key: groupKeyOf(resolution, labels), labels, resolution }) }];
  });
  return live.sort((a, b) => compareUlids(a.first, b.first)).map(({ group }) => group);
}

/** All blocks of each group, whether the compactor sees them or not. */
export function groupFamilies(
  byStream: ByStream,
  { deduplicationReplicaLabels }: Pick<AuditSettings, "deduplicationReplicaLabels">,
): readonly Family[] {
  return familiesOf(byStream, (labels) => groupLabels(labels, deduplicationReplicaLabels));
}

const liveOf = onceUntil(
  (
    blocks: readonly ReadableBlock[],
    settings: ConsistencyDelay & DeleteDelay,
    now,
  ): Lasting<readonly ReadableBlock[]> => ({
    value: blocks.filter((block) => !isIgnoredByMark(block, { settings, now }) && isVisible(block, { settings, now })),
    until: blocks.reduce((first, block) => Math.min(first, nextTurn(block, settings, now)), Number.POSITIVE_INFINITY),
  }),
);

/** When the compactor begins or ends to see the block next, or at the earliest; ms. */
function nextTurn(block: ReadableBlock, settings: ConsistencyDelay & DeleteDelay, now: number): number {
  const { source, uploadTime, ulid } = block.meta;
  let next = Number.POSITIVE_INFINITY;
  const add = (time: number | undefined) => {
    if (time !== undefined && time >= now && time < next) next = time;
  };
  add(ignoredFrom(block, settings));
  if (NO_DELAY.has(source)) return next;
  add(visibleFrom(block, settings));
  if (uploadTime === null) add(ulidTime(ulid));
  return next;
}

const groupOf = oncePer(
  (live: readonly ReadableBlock[], of: Pick<BlockGroup, "key" | "labels" | "resolution">): BlockGroup => {
    const blocks = withoutDuplicates(live).sort(byMinTime);
    return { ...of, blocks, ...reachOf(blocks) };
  },
);

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
  { settings, now }: { readonly settings: ConsistencyDelay; readonly now: number },
): boolean {
  const { source, uploadTime, ulid } = block.meta;
  if (NO_DELAY.has(source) || (uploadTime === null && ulidTime(ulid) > now)) return true;
  return visibleFrom(block, settings) <= now;
}

/** When the compactor stops seeing a marked block, ms: half the delete delay after the mark, and not at once. */
export function ignoredFrom(block: Pick<ReadableBlock, "deletionMark">, settings: DeleteDelay): number | undefined {
  return block.deletionMark && block.deletionMark.time + settings.deleteDelay / 2;
}

/** Whether the compactor passes the block over because of its deletion mark. */
export function isIgnoredByMark(
  block: Pick<ReadableBlock, "deletionMark">,
  { settings, now }: { readonly settings: DeleteDelay; readonly now: number },
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

function byMinTime(a: ReadableBlock, b: ReadableBlock): number {
  return a.meta.minTime - b.meta.minTime || compareUlids(a, b);
}

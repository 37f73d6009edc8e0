import type { ReadableBlock } from "#blocks/block";
import { type Labels, labelsId, perLabels, withoutLabels } from "#blocks/labels";
import type { AuditSettings } from "#config/audit-settings";

/** What a bucket tells of the compactor's configuration that was not given. */
export interface Inferred {
  /** Those given, and what the blocks tell in place of the defaults. */
  readonly settings: AuditSettings;
  /** A block that vertical compaction made. */
  readonly verticalCompactionFrom: string | undefined;
  /** A block that has lost its replica labels. */
  readonly deduplicationFrom: string | undefined;
}

/**
 * Settings as the bucket shows them: vertical compaction is on where a compactor merged blocks that overlap; a replica label
 * is one for deduplication where a compactor's blocks lack it that their heads have. What was given stands. The delete delay
 * cannot be told from the blocks that are there: a cleanup by hand looks like a short one.
 */
export function inferSettings(blocks: readonly ReadableBlock[], settings: AuditSettings): Inferred {
  const { given } = settings;
  const vertical = given.includes("verticalCompaction") ? undefined : newest(blocks.filter(isMergedVertically));
  const deduplicated = given.includes("deduplicationReplicaLabels") ? undefined : deduplication(blocks, settings);
  return {
    settings: {
      ...settings,
      ...(vertical && { verticalCompaction: true }),
      ...(deduplicated && { deduplicationReplicaLabels: deduplicated.names }),
    },
    verticalCompactionFrom: vertical?.ulid,
    deduplicationFrom: deduplicated?.block.ulid,
  };
}

function isMergedVertically({ meta }: ReadableBlock): boolean {
  return meta.parentsOverlap && meta.source === "compactor";
}

function newest(blocks: readonly ReadableBlock[]): ReadableBlock | undefined {
  return blocks.reduce<ReadableBlock | undefined>(
    (last, block) => (last === undefined || block.ulid > last.ulid ? block : last),
    undefined,
  );
}

/** The newest block of a compactor whose labels are those of some head without its replica labels, and of no head as they are. */
function deduplication(
  blocks: readonly ReadableBlock[],
  { replicaLabels }: AuditSettings,
): { readonly names: string[]; readonly block: ReadableBlock } | undefined {
  const heads = new Map<string, Labels>();
  const whole = new Set<string>();
  const idsOf = perLabels((labels) => ({
    id: labelsId(labels),
    rest: labelsId(withoutLabels(labels, replicaLabels)),
  }));
  for (const { meta } of blocks) {
    if (meta.level > 1 || meta.resolution !== 0) continue;
    const { id, rest } = idsOf(meta.labels);
    whole.add(id);
    if (rest !== id) heads.set(rest, meta.labels);
  }
  const isStripped = perLabels((labels) => heads.has(labelsId(labels)) && !whole.has(labelsId(labels)));
  const stripped = blocks.filter(
    ({ meta }) => meta.source === "compactor" && meta.resolution === 0 && isStripped(meta.labels),
  );
  const block = newest(stripped);
  const head = block && heads.get(labelsId(block.meta.labels));
  if (block === undefined || head === undefined) return undefined;
  return { names: replicaLabels.filter((name) => Object.hasOwn(head, name)), block };
}

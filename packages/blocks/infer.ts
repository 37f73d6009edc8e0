import type { ReadableBlock } from "#blocks/block/block";
import { type Labels, labelsId, withoutLabels } from "#blocks/block/labels";
import type { ByStream } from "#blocks/groups/by-stream";
import { oncePer } from "#blocks/once";
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
export function inferSettings(byStream: ByStream, settings: AuditSettings): Inferred {
  const { given } = settings;
  const signs = [...byStream.values()].map(signsOf);
  const vertical = given.includes("verticalCompaction")
    ? undefined
    : newest(signs.flatMap(({ merged }) => merged ?? []));
  const deduplicated = given.includes("deduplicationReplicaLabels") ? undefined : deduplication(signs, settings);
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

/** What a stream shows of the compactor's configuration: its newest blocks of three kinds. */
interface Signs {
  readonly labels: Labels;
  readonly merged: ReadableBlock | undefined;
  readonly head: ReadableBlock | undefined;
  /** A raw one that the compactor made. */
  readonly compacted: ReadableBlock | undefined;
}

const signsOf = oncePer((blocks: readonly ReadableBlock[]): Signs => {
  const made = blocks.filter(({ meta }) => meta.source === "compactor");
  return {
    labels: blocks[0]?.meta.labels ?? {},
    merged: newest(made.filter(({ meta }) => meta.parentsOverlap)),
    head: newest(blocks.filter(({ meta }) => meta.level <= 1 && meta.resolution === 0)),
    compacted: newest(made.filter(({ meta }) => meta.resolution === 0)),
  };
});

function newest(blocks: readonly ReadableBlock[]): ReadableBlock | undefined {
  return blocks.reduce<ReadableBlock | undefined>(
    (last, block) => (last === undefined || block.ulid > last.ulid ? block : last),
    undefined,
  );
}

/** The newest block of a compactor whose labels are those of some head without its replica labels, and of no head as they are. */
function deduplication(
  signs: readonly Signs[],
  { replicaLabels }: AuditSettings,
): { readonly names: string[]; readonly block: ReadableBlock } | undefined {
  const heads = new Map<string, ReadableBlock>();
  const whole = new Set<string>();
  for (const { labels, head } of signs) {
    if (head === undefined) continue;
    const [id, rest] = [labelsId(labels), labelsId(withoutLabels(labels, replicaLabels))];
    whole.add(id);
    const other = heads.get(rest);
    if (rest !== id && (other === undefined || head.ulid > other.ulid)) heads.set(rest, head);
  }
  const stripped = signs.filter(({ labels }) => heads.has(labelsId(labels)) && !whole.has(labelsId(labels)));
  const block = newest(stripped.flatMap(({ compacted }) => compacted ?? []));
  const head = block && heads.get(labelsId(block.meta.labels));
  if (block === undefined || head === undefined) return undefined;
  return { names: replicaLabels.filter((name) => Object.hasOwn(head.meta.labels, name)), block };
}

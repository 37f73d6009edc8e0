import type { Block, MetaState } from "#blocks/block/block";
import { MARK_FILES } from "#blocks/block/marks";
import type { BlockFile, Resolution } from "#blocks/block/meta";
import { META_FILE } from "#blocks/bucket/directories";

/* What the writer and the reader of a shard agree on. */

export const STATES = ["absent", "archived", "ok", "corrupt"] as const satisfies readonly MetaState["kind"][];
export const RESOLUTIONS = [0, 300_000, 3_600_000] as const satisfies readonly Resolution[];
/** Which of the optional parts of a block follow. */
export const FLAG = {
  deletionMark: 1,
  noCompactMark: 2,
  noDownsampleMark: 4,
  refusedMarks: 8,
  /** meta.json tells exactly the files that are there. */
  filesAsListed: 16,
  failed: 32,
  parentsOverlap: 64,
  parentGaps: 128,
} as const;
export const ETAG = { none: 0, md5: 1, text: 2 } as const;

/** What meta.json should tell of the files that are there. */
export function filesOf({ files }: Pick<Block, "files">): readonly BlockFile[] {
  const told: BlockFile[] = [];
  for (const [path, { size }] of files) if (!WITH_CONTENT.has(path)) told.push({ path, size });
  return told;
}

const WITH_CONTENT = new Set([META_FILE, ...MARK_FILES]);

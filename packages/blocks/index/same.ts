import type { Block, ListedFile } from "#blocks/block/block";
import { MARK_FILES } from "#blocks/block/marks";
import { META_FILE } from "#blocks/bucket/directories";

/** Whether two looks at a block found the same. */
export function sameBlock(a: Block | undefined, b: Block | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameListing(a.files, b.files) && same(a.state, b.state) && sameMarks(a, b);
}

export function sameBlocks(a: readonly Block[], b: readonly Block[]): boolean {
  return a.length === b.length && a.every((block, at) => block.ulid === b[at]?.ulid && sameBlock(block, b[at]));
}

/**
 * These blocks, and those that were known and are the same as the objects that they were: what was found of them then holds for
 * them now. A meta.json is never changed, so one of the same etag says the same.
 */
export function recognized(blocks: readonly Block[], known: readonly Block[]): readonly Block[] {
  const before = new Map(known.map((block) => [block.ulid, block]));
  return blocks.map((block) => {
    const one = before.get(block.ulid);
    return one !== undefined && isStill(one, block) ? one : block;
  });
}

function isStill(known: Block, block: Block): boolean {
  if (!sameListing(known.files, block.files)) return false;
  const hasEtag = (block.files.get(META_FILE)?.etag ?? "") !== "";
  const isRead = known.state.kind === "ok" && block.state.kind === "ok";
  return isRead && hasEtag ? sameMarks(known, block) : sameBlock(known, block);
}

function sameMarks(a: Block, b: Block): boolean {
  return (
    same(a.deletionMark, b.deletionMark) &&
    same(a.noCompactMark, b.noCompactMark) &&
    same(a.noDownsampleMark, b.noDownsampleMark) &&
    same(a.refusedMarks, b.refusedMarks)
  );
}

/** What was not read again is the same object. */
function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function sameListing(a: Block["files"], b: Block["files"]): boolean {
  if (a.size !== b.size) return false;
  for (const [path, file] of a) if (!sameFile(file, b.get(path))) return false;
  return true;
}

function sameFile(a: ListedFile | undefined, b: ListedFile | undefined): boolean {
  return (
    a?.size === b?.size &&
    a?.lastModified === b?.lastModified &&
    a?.etag === b?.etag &&
    a?.storageClass === b?.storageClass
  );
}

const TOLD = [META_FILE, ...MARK_FILES];

/**
 * Whether there is something between two looks that an event should have told, before `since`: meta.json or a mark written
 * or removed. When it was removed nothing tells: an event may be under way.
 */
export function wasMissed(known: Block | undefined, found: Block | undefined, since: number): boolean {
  return TOLD.some((path) => {
    const [before, after] = [known?.files.get(path), found?.files.get(path)];
    return !sameFile(before, after) && (after === undefined || after.lastModified < since);
  });
}

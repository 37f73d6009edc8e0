import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block/block";
import type { BlockFile } from "#blocks/block/meta";
import { META_FILE } from "#blocks/bucket/directories";
import { isIgnoredByMark } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { count, firstOf, instant } from "#blocks/text";
import { blocksWith, type Trait } from "#blocks/traits";

/** A broken block has a handful of broken files; a broken meta.json may name a million. */
export const FILES_LISTED = 100;
const MINUTE = 60_000;
/** meta.json is written last, but stores and copies do not always show objects in that order. */
const SETTLED_AFTER = 10 * MINUTE;

export interface BrokenBlock {
  readonly block: ReadableBlock;
  readonly files: readonly BlockFile[];
}

/** Files of meta.json that are broken in one way: a constant of its module. */
export interface BrokenFiles {
  readonly isBroken: IsBroken;
  readonly trait: Trait;
}

type IsBroken = (block: Block, file: BlockFile) => boolean;

export function brokenFiles(isBroken: IsBroken): BrokenFiles {
  const trait: Trait = (block) =>
    block.state.kind === "ok" && block.state.meta.files.some((file) => isBroken(block, file));
  return { isBroken, trait };
}

/**
 * Blocks with such files. Left out are those uploaded in the last 10 minutes and those whose deletion mark has taken effect:
 * nobody reads them any more.
 */
export function blocksWithFiles(model: BucketModel, { isBroken, trait }: BrokenFiles): BrokenBlock[] {
  return readableBlocks(blocksWith(model.parts, trait)).flatMap((block) => {
    if (!isSettled(block, model.now) || isIgnoredByMark(block, model)) return [];
    return [{ block, files: block.meta.files.filter((file) => isBroken(block, file)) }];
  });
}

function isSettled({ files }: ReadableBlock, now: number): boolean {
  const written = files.get(META_FILE)?.lastModified;
  return written !== undefined && now - written >= SETTLED_AFTER;
}

export function blockEvidence({ meta, deletionMark }: ReadableBlock): Readonly<Record<string, unknown>> {
  return {
    minTime: instant(meta.minTime),
    maxTime: instant(meta.maxTime),
    level: meta.level,
    source: meta.source,
    samples: meta.samples,
    ...(deletionMark && { markedAt: instant(deletionMark.time), markDetails: deletionMark.details }),
  };
}

/** What a block does whose index, or some other file, is missing, cut or too long (measured with Thanos 0.42.4). */
export function brokenConsequence(broken: BrokenBlock): string {
  const { block, files } = broken;
  if (hasLongerChunksOnly(broken)) {
    return "Thanos reads as far as the index says: if bytes were only added, queries and compaction go on as before. But this is not the file that was uploaded. If what it held has changed too, queries fail, and the compactor halts when it next compacts this block; with it all work on every stream stops.";
  }
  const { minTime, maxTime } = block.meta;
  const stops = files.some(({ path }) => path === "index")
    ? "When the compactor next compacts or downsamples this block it exits with an error, again after each restart"
    : "When the compactor next compacts this block it halts; when it downsamples it, it exits with an error, again after each restart";
  return `Queries from ${instant(minTime)} to ${instant(maxTime)} of this stream fail or lack data. ${stops}. With it all work on every stream stops.`;
}

function hasLongerChunksOnly({ block, files }: BrokenBlock): boolean {
  return files.every(
    ({ path, size }) => path.startsWith("chunks/") && (block.files.get(path)?.size ?? 0) > (size ?? 0),
  );
}

export function brokenRemedy(model: BucketModel, { block: { ulid, meta }, files }: BrokenBlock): string {
  const keys = firstOf(files.map(({ path }) => `${ulid}/${path}`));
  const origin =
    meta.level <= 1
      ? `from the producer's disk, where the block is <data>/${ulid} until local retention passes it`
      : "from a copy of the bucket; the compactor's disk does not keep it";
  return steps(
    `Put back what is wrong (${keys}): from an earlier version of the object if the bucket has versioning, else ${origin}. Nothing is lost then.`,
    `If it cannot be put back, keep what is left:${backUp(model, ulid)}`,
    `Then give the block up. That loses its ${count(meta.samples)} samples, as far as no replica and no other block has them:${markForDeletion(ulid, "broken block")}`,
    markTakesTime(model),
  );
}

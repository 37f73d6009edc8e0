import type { CorruptEffect } from "#blocks/block/go-meta";
import type { Mark } from "#blocks/block/marks";
import type { BlockMeta } from "#blocks/block/meta";
import type { Problem } from "#config/schema";

/** One object of a block directory. */
export interface ListedFile {
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  /** Of the small JSON files only; empty for all others. */
  readonly etag: string;
  /** `STANDARD`, `GLACIER`, ...: as the listing says. */
  readonly storageClass: string;
}

/** What is known of a block's meta.json. */
export type MetaState =
  | { readonly kind: "absent" }
  /** S3 gives it out only once it is restored. */
  | { readonly kind: "archived" }
  | { readonly kind: "ok"; readonly meta: BlockMeta }
  | { readonly kind: "corrupt"; readonly problems: readonly Problem[]; readonly effect: CorruptEffect };

/** One block directory: its files and what its small JSON files say. */
export interface Block {
  readonly ulid: string;
  readonly files: ReadonlyMap<string, ListedFile>;
  readonly state: MetaState;
  /** Undefined when there is none, or when it cannot be read. */
  readonly deletionMark: Mark | undefined;
  readonly noCompactMark: Mark | undefined;
  readonly noDownsampleMark: Mark | undefined;
  /** Marks of a version that Thanos does not take. */
  readonly refusedMarks: readonly RefusedMark[];
}

export interface RefusedMark {
  /** `deletion-mark.json` and the like. */
  readonly file: string;
  readonly version: number;
}

/** A block whose meta.json can be read. */
export interface ReadableBlock extends Block {
  readonly meta: BlockMeta;
}

export function readableBlocks(blocks: readonly Block[]): ReadableBlock[] {
  return blocks.flatMap((block) => (block.state.kind === "ok" ? [readableBlock(block, block.state.meta)] : []));
}

/** The same block gives the same object at each look: what is known of it then need not be found out again. */
const readable = new WeakMap<Block, ReadableBlock>();

function readableBlock(block: Block, meta: BlockMeta): ReadableBlock {
  const known = readable.get(block) ?? { ...block, meta };
  readable.set(block, known);
  return known;
}

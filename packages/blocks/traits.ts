import type { Block } from "#blocks/block/block";
import { oncePer } from "#blocks/once";

/**
 * Something to look at in a block, seen from what is stored of it alone: neither from the time nor from the settings. Few blocks have one.
 * A constant of its module, since what has it is kept.
 */
export type Trait = (block: Block) => boolean;

/** Blocks as they are kept: by the shards of their index, or all in one. */
export type Parts = readonly (readonly Block[])[];

const foundIn = oncePer((_part: readonly Block[]) => new Map<Trait, readonly Block[]>());

/** The blocks that have a trait. In a part that is the same as at the last look nothing is looked for again. */
export function blocksWith(parts: Parts, trait: Trait): readonly Block[] {
  return parts.flatMap((part) => {
    const found = foundIn(part);
    const blocks = found.get(trait) ?? part.filter(trait);
    found.set(trait, blocks);
    return blocks;
  });
}

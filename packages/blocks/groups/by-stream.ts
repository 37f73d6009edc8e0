import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block/block";
import { type Labels, labelsId, perLabels } from "#blocks/block/labels";
import type { Resolution } from "#blocks/block/meta";
import { compareUlids } from "#blocks/groups/duplicate-filter";
import { oncePer, sameLists } from "#blocks/once";
import type { Parts } from "#blocks/traits";

/** Readable blocks by `labelsId` of their labels. */
export type ByStream = ReadonlyMap<string, readonly ReadableBlock[]>;

/** The readable blocks of one part. */
export const readableIn = oncePer((part: readonly Block[]) => readableBlocks(part));

export function byStreamOf(blocks: readonly ReadableBlock[]): ByStream {
  const idOf = perLabels(labelsId);
  return Map.groupBy(blocks, ({ meta }) => idOf(meta.labels));
}

const piecesIn = oncePer((part: readonly Block[]) => byStreamOf(readableIn(part)));

const sameStream = sameLists<ReadableBlock>();

/** The same of all parts. A stream of which no block has changed since the last look is the same list again. */
export function streamsIn(parts: Parts): ByStream {
  const pieces = new Map<string, (readonly ReadableBlock[])[]>();
  for (const part of parts) {
    for (const [id, blocks] of piecesIn(part)) {
      const known = pieces.get(id);
      if (known === undefined) pieces.set(id, [blocks]);
      else known.push(blocks);
    }
  }
  return new Map(pieces.entries().map(([id, lists]) => [id, sameStream(lists.flat())]));
}

/** All blocks of one resolution whose labels come to the same. */
export interface Family {
  readonly labels: Labels;
  readonly resolution: Resolution;
  readonly blocks: readonly ReadableBlock[];
}

const sameOfResolution = sameLists<ReadableBlock>();

const byResolution = oncePer((stream: readonly ReadableBlock[]): readonly (readonly ReadableBlock[])[] =>
  [...Map.groupBy(stream, ({ meta }) => meta.resolution).values()].map(sameOfResolution),
);

/** Puts streams together: `familyLabels` is what of their labels counts. */
export function familiesOf(streams: ByStream, familyLabels: (labels: Labels) => Labels): readonly Family[] {
  const byLabels = new Map<string, { readonly labels: Labels; readonly lists: Map<Resolution, Lists> }>();
  for (const stream of streams.values()) {
    const labels = familyLabels(stream[0]?.meta.labels ?? {});
    const { lists } = known(byLabels, labelsId(labels), () => ({ labels, lists: new Map() }));
    for (const list of byResolution(stream)) known(lists, list[0]?.meta.resolution ?? 0, () => []).push(list);
  }
  return [...byLabels.values()].flatMap(({ labels, lists }) =>
    [...lists].map(([resolution, of]) => ({ labels, resolution, blocks: joined(of) })),
  );
}

function known<K, V>(all: Map<K, V>, key: K, make: () => V): V {
  const found = all.get(key);
  if (found !== undefined) return found;
  const made = make();
  all.set(key, made);
  return made;
}

type Lists = (readonly ReadableBlock[])[];

function joined([first = [], ...others]: Lists): readonly ReadableBlock[] {
  return others.length === 0 ? first : join(first, { others });
}

const join = oncePer((first: readonly ReadableBlock[], { others }: { readonly others: Lists }) =>
  [first, ...others].flat().sort(compareUlids),
);

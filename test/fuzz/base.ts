import type { RecordedObject } from "#local/recorded-bucket";
import {
  at,
  type BlockSpec,
  blockObjects,
  DAY,
  HOUR,
  headBlocks,
  metaOf,
  object,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

export const NOW = at("2026-11-20T13:10:00Z");
const NOON = at("2026-11-20T12:00:00Z");

/** A stream that is late whatever happens to the others: the rest of the bucket is judged. */
export const LATE = { cluster: "late" };
/** A block that lacks a file whatever happens to the others. */
const LACKING: BlockSpec = { min: NOON - 2 * HOUR, max: NOON, labels: { cluster: "lacking" } };
export const LACKING_ULID = ulidOf(LACKING);

const OLD: BlockSpec = { min: NOON - 3 * DAY, max: NOON - 3 * DAY + 8 * HOUR, level: 2, source: "compactor" };

/** What is mutated: heads, compacted, downsampled and marked blocks of two replicas. */
const SPECS: readonly BlockSpec[] = [
  ...headBlocks(NOON, 2, { labels: { cluster: "x", replica: "0" } }),
  ...headBlocks(NOON, 1, { labels: { cluster: "x", replica: "1" } }),
  { ...OLD, labels: { cluster: "x", replica: "0" }, ulid: ulidAt(NOON - 2 * DAY, "A") },
  { ...OLD, labels: { cluster: "x", replica: "0" }, ulid: ulidAt(NOON - 2 * DAY, "B"), resolution: 300_000 },
  { ...OLD, labels: { cluster: "x", replica: "1" }, ulid: ulidAt(NOON - 2 * DAY, "C"), markedAt: NOON - 30 * HOUR },
];

export interface BaseBlock {
  readonly ulid: string;
  readonly meta: Record<string, unknown>;
}

export const BLOCKS: readonly BaseBlock[] = SPECS.map((spec) => ({ ulid: ulidOf(spec), meta: metaOf(spec) }));
export const MUTABLE: readonly RecordedObject[] = SPECS.flatMap(blockObjects);
export const SENTINELS: readonly RecordedObject[] = [
  ...headBlocks(NOON - 8 * HOUR, 1, { labels: LATE }).flatMap(blockObjects),
  ...blockObjects(LACKING).filter(({ key }) => !key.endsWith("/index")),
];

const SOUND: ReadonlySet<RecordedObject> = new Set([...MUTABLE, ...SENTINELS]);

/** Nothing was done to it. */
export function isSound(one: RecordedObject): boolean {
  return SOUND.has(one);
}

export function textObject(key: string, content: Uint8Array, lastModified: number): RecordedObject {
  return { ...object(key, content.length, lastModified), content };
}

import type { Bucket } from "#blocks/bucket/bucket";
import { compareKeys } from "#blocks/bucket/listing";
import type { FindingId, FindingSeverity } from "#blocks/finding";
import { bucketOfRecording, type RecordedObject } from "#local/recorded-bucket";
import { MINUTE, metaOf, object, type settingsOf, ulidAt } from "#test/packages/blocks/factory";
import type { LivedBlock } from "#test/packages/blocks/healthy-fleet";

/** How often a bucket is audited. */
export const TICK = 5 * MINUTE;

/** An object from when it is written (`lastModified`) until it is overwritten by one of the same key, or deleted. */
export interface Written extends RecordedObject {
  /** When it is deleted, ms. */
  readonly until?: number;
}

/** All that is ever written to a bucket, and when. */
export type World = readonly Written[];

/**
 * One fault put into a healthy bucket, from before it until it is mended: at the first tick at or after `from` it is
 * found, a tick before it is not, and at `mended` there is nothing to find any more.
 */
export interface Fault {
  readonly id: FindingId;
  readonly severity: FindingSeverity;
  /** What happened, in a few words. */
  readonly what: string;
  readonly settings?: Parameters<typeof settingsOf>[0];
  readonly world: World;
  /** When the definition of the check begins to hold, ms. */
  readonly from: number;
  /** The other findings that the same fault is told by at that tick. Everything beyond them is a false alarm. */
  readonly alongside?: readonly FindingId[];
  /** A time when all is well again, ms. */
  readonly mended: number;
  /** What is told then of what the fault leaves for good. */
  readonly remains?: readonly FindingId[];
}

/** The bucket as it is at `now`. */
export function bucketAt(world: World, now: number): Bucket {
  const there = new Map<string, Written>();
  for (const one of world.toSorted((a, b) => a.lastModified - b.lastModified)) {
    if (one.lastModified > now) break;
    const { until = Number.POSITIVE_INFINITY, ...written } = one;
    if (until > now) there.set(one.key, written);
    else there.delete(one.key);
  }
  const objects = [...there.values()].sort((a, b) => compareKeys(a.key, b.key));
  return bucketOfRecording(objects, { url: "s3://blocks" });
}

/** What these blocks and their compactor write. */
export function written(blocks: readonly LivedBlock[]): World {
  return blocks.flatMap((one) => {
    const { spec, from, marked, deletedAt } = one;
    const mark = marked && markObject(spec.ulid, "deletion", { at: marked.at, details: marked.details });
    const objects = [
      object(`${spec.ulid}/chunks/000001`, 100, from - 1000),
      object(`${spec.ulid}/index`, 50, from),
      object(`${spec.ulid}/meta.json`, JSON.stringify(metaOf(spec)), from),
      ...(mark === undefined ? [] : [mark]),
    ];
    return deletedAt === undefined ? objects : objects.map((each) => ({ ...each, until: deletedAt }));
  });
}

export function markObject(
  ulid: string,
  kind: "deletion" | "no-compact" | "no-downsample",
  { at, details = "", ...rest }: { readonly at: number; readonly details?: string; readonly reason?: string },
): RecordedObject {
  const time = { [`${kind.replaceAll("-", "_")}_time`]: Math.floor(at / 1000) };
  return object(`${ulid}/${kind}-mark.json`, JSON.stringify({ id: ulid, version: 1, ...time, details, ...rest }), at);
}

/** The world in which the objects whose keys begin so are gone from `at` on, or until `back`. */
export function lost(world: World, prefix: string, at: number, back?: number): World {
  return world.flatMap((one) => {
    const { until = Number.POSITIVE_INFINITY } = one;
    if (!one.key.startsWith(prefix) || one.lastModified > at || until <= at) return [one];
    const copy = { ...one, lastModified: back ?? 0, ...(until !== Number.POSITIVE_INFINITY && { until }) };
    return [{ ...one, until: at }, ...(back === undefined || back >= until ? [] : [copy])];
  });
}

/** From `at` to `until` there. */
export function during(objects: readonly RecordedObject[], until: number): World {
  return objects.map((one) => ({ ...one, until }));
}

/** A ULID that nothing else has. */
export function strangeUlid(at: number, salt = ""): string {
  return ulidAt(at, `Z${salt.padStart(5, "0")}`);
}

/** The first tick at or after `time`. */
export function tickFrom(time: number): number {
  return Math.ceil(time / TICK) * TICK;
}

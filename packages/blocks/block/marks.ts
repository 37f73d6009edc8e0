import * as v from "valibot";
import { GoInt, GoText, GoUlid, parseGo } from "#blocks/block/go-json";
import { parseJson, readJson, struct } from "#blocks/block/json";

export const DELETION_MARK = "deletion-mark.json";
export const NO_COMPACT_MARK = "no-compact-mark.json";
export const NO_DOWNSAMPLE_MARK = "no-downsample-mark.json";
/** Every marker file that Thanos knows (pkg/block/metadata/markers.go). */
export const MARK_FILES: readonly string[] = [DELETION_MARK, NO_COMPACT_MARK, NO_DOWNSAMPLE_MARK];
export const MARK_MAX_BYTES = 1024 * 1024;

/** A marker that could be read. `time` in ms (the file has seconds). */
export interface Mark {
  readonly time: number;
  /** A `deletion-mark.json` has none. */
  readonly reason: string;
  readonly details: string;
}

// Up to the year 9999, which every text about a mark can say. Thanos takes a missing time as 1970: such a mark acts at once.
const Seconds = v.pipe(
  v.nullish(v.pipe(v.number(), v.safeInteger(), v.maxValue(253_402_300_799)), 0),
  v.transform((seconds) => Math.max(0, seconds)),
);
const Text = v.nullish(v.string(), "");
const common = { id: GoUlid, version: v.literal(1), details: Text };
const DeletionMark = struct({ ...common, deletion_time: Seconds });
const NoCompactMark = struct({ ...common, no_compact_time: Seconds, reason: Text });
const NoDownsampleMark = struct({ ...common, no_downsample_time: Seconds, reason: Text });
const AnyMark = struct({
  id: GoUlid,
  version: GoInt,
  details: GoText,
  deletion_time: GoInt,
  no_compact_time: GoInt,
  no_downsample_time: GoInt,
  reason: GoText,
});

/** Undefined for a marker that cannot be read: Thanos takes such a block as not marked (a half-written marker). */
export function parseDeletionMark(bytes: Uint8Array): Mark | undefined {
  const parsed = parseJson(DeletionMark, readJson(bytes));
  if (!parsed.ok) return undefined;
  return { time: parsed.value.deletion_time * 1000, reason: "", details: parsed.value.details };
}

/** Undefined for a marker that cannot be read. */
export function parseNoCompactMark(bytes: Uint8Array): Mark | undefined {
  const parsed = parseJson(NoCompactMark, readJson(bytes));
  if (!parsed.ok) return undefined;
  const { no_compact_time, reason, details } = parsed.value;
  return { time: no_compact_time * 1000, reason, details };
}

/** Undefined for a marker that cannot be read. */
export function parseNoDownsampleMark(bytes: Uint8Array): Mark | undefined {
  const parsed = parseJson(NoDownsampleMark, readJson(bytes));
  if (!parsed.ok) return undefined;
  const { no_downsample_time, reason, details } = parsed.value;
  return { time: no_downsample_time * 1000, reason, details };
}

/**
 * The version of a marker that Thanos can decode and does not take: each time it looks at the block the whole sync of the
 * bucket fails (measured with 0.42.4). Undefined for a good one, and for one that it cannot decode and passes over.
 */
export function refusedVersion(bytes: Uint8Array): number | undefined {
  const parsed = parseGo(v.nullable(AnyMark), readJson(bytes));
  if (!parsed.ok) return undefined;
  const version = parsed.value?.version ?? 0;
  return version === 1 ? undefined : version;
}

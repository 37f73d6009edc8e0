import * as v from "valibot";
import { parseJson, struct } from "#blocks/json";
import { isGoUlid } from "#blocks/ulid";

export const DELETION_MARK = "deletion-mark.json";
export const NO_COMPACT_MARK = "no-compact-mark.json";
/** Every marker file that Thanos knows (pkg/block/metadata/markers.go). */
export const MARK_FILES: readonly string[] = [DELETION_MARK, NO_COMPACT_MARK, "no-downsample-mark.json"];
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
const common = { id: v.nullish(v.pipe(v.string(), v.check(isGoUlid))), version: v.literal(1), details: Text };
const DeletionMark = struct({ ...common, deletion_time: Seconds });
const NoCompactMark = struct({ ...common, no_compact_time: Seconds, reason: Text });

/** Undefined for a marker that cannot be read: Thanos takes such a block as not marked (a half-written marker). */
export function parseDeletionMark(bytes: Uint8Array): Mark | undefined {
  const parsed = parseJson(DeletionMark, bytes);
  if (!parsed.ok) return undefined;
  return { time: parsed.value.deletion_time * 1000, reason: "", details: parsed.value.details };
}

/** Undefined for a marker that cannot be read. */
export function parseNoCompactMark(bytes: Uint8Array): Mark | undefined {
  const parsed = parseJson(NoCompactMark, bytes);
  if (!parsed.ok) return undefined;
  const { no_compact_time, reason, details } = parsed.value;
  return { time: no_compact_time * 1000, reason, details };
}

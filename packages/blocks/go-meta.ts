import * as v from "valibot";
import { parseJson, struct } from "#blocks/json";
import { isGoUlid } from "#blocks/ulid";

/**
 * What Thanos does with a meta.json that the audit cannot use (measured with 0.42.4). `partial`: it cannot decode it, and
 * takes the block for a partial upload. `refused`: another version than 1, and every sync of the bucket fails. `loaded`: it
 * decodes it, checks no further, and uses the block as it is.
 */
export type CorruptEffect = "partial" | "refused" | "loaded";
export const CORRUPT_EFFECTS: readonly CorruptEffect[] = ["partial", "refused", "loaded"];

const INT64 = 2 ** 63;
const UINT64 = 2 ** 64;
const Int = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(-INT64), v.maxValue(INT64)));
const Uint = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0), v.ltValue(UINT64)));
const Text = v.nullish(v.string());
const Ulid = v.nullish(v.pipe(v.string(), v.check(isGoUlid)));
const Labels = v.custom<object>(
  (input) =>
    typeof input === "object" &&
    input !== null &&
    !Array.isArray(input) &&
    Object.values(input).every((value) => value === null || typeof value === "string"),
);

// The types of Go's structs, and nothing of what their values mean: encoding/json leaves a null or missing field at zero.
const GoMeta = struct({
  ulid: Ulid,
  version: Int,
  minTime: Int,
  maxTime: Int,
  stats: v.nullish(struct({ numSamples: Uint, numSeries: Uint, numChunks: Uint })),
  compaction: v.nullish(
    struct({ level: Int, sources: v.nullish(v.array(Ulid)), hints: v.nullish(v.array(v.nullable(v.string()))) }),
  ),
  thanos: v.nullish(
    struct({
      version: Int,
      labels: v.nullish(Labels),
      downsample: v.nullish(struct({ resolution: Int })),
      source: Text,
      segment_files: v.nullish(v.array(v.nullable(v.string()))),
      files: v.nullish(v.array(v.nullable(struct({ rel_path: Text, size_bytes: Int })))),
      upload_time: v.nullish(v.pipe(v.string(), v.isoTimestamp())),
    }),
  ),
});

/** Of a meta.json that the audit has found fault with. Never throws. */
export function corruptEffect(bytes: Uint8Array): CorruptEffect {
  const parsed = parseJson(v.nullable(GoMeta), bytes);
  if (!parsed.ok) return "partial";
  return parsed.value?.version === 1 ? "loaded" : "refused";
}

import * as v from "valibot";
import { GoBool, GoInt, GoText, GoUint, GoUlid, parseGo } from "#blocks/block/go-json";
import { goTime } from "#blocks/block/go-time";
import { type Json, struct } from "#blocks/block/json";
import { areUlids } from "#blocks/block/ulid";
import type { Problem } from "#config/schema";

/**
 * What Thanos does with a meta.json that the audit cannot use (measured with 0.42.4). `partial`: it cannot decode it, and
 * takes the block for a partial upload. `refused`: another version than 1, and every sync of the bucket fails. `loaded`: it
 * decodes it, checks no further, and uses the block as it is.
 */
export type CorruptEffect = "partial" | "refused" | "loaded";
export const CORRUPT_EFFECTS: readonly CorruptEffect[] = ["partial", "refused", "loaded"];

const GoTexts = v.nullish(v.array(v.nullable(v.string())));
const GoUlids = v.nullish(v.lazy((input) => (areUlids(input) ? AS_THEY_ARE : v.array(GoUlid))));
const AS_THEY_ARE = v.custom<(string | null | undefined)[]>(() => true);
const GoLabels = v.custom<object>(
  (input) =>
    typeof input === "object" &&
    input !== null &&
    !Array.isArray(input) &&
    Object.values(input).every((value) => value === null || typeof value === "string"),
);

/** A list of structs; Go takes null for an empty one. */
function GoList<T extends v.ObjectEntries>(entries: T) {
  return v.nullish(v.array(v.nullable(struct(entries))));
}

export const GoTime = v.check<string, string>((text) => goTime(text) !== undefined, "expected a time of RFC 3339");

/** Fields that no check uses, by what they are in: Thanos decodes them all the same. */
export const UNUSED = {
  stats: { numFloatSamples: GoUint, numHistogramSamples: GoUint },
  compaction: { deletable: GoBool },
  thanos: { index_stats: v.nullish(struct({ series_max_size: GoInt, chunk_max_size: GoInt })) },
  file: { hash: v.nullish(struct({ hashFunc: GoText, value: GoText })) },
  rewrite: { deletions_applied: GoList({}), relabels_applied: GoList({}) },
} as const;

// Every field of thanos pkg/block/metadata/meta.go and prometheus tsdb/block.go, but for what is inside of a rewrite's
// deletions and relabels.
const GoMeta = struct({
  ulid: GoUlid,
  version: GoInt,
  minTime: GoInt,
  maxTime: GoInt,
  stats: v.nullish(
    struct({
      numSamples: GoUint,
      ...UNUSED.stats,
      numSeries: GoUint,
      numChunks: GoUint,
      numTombstones: GoUint,
    }),
  ),
  compaction: v.nullish(
    struct({
      level: GoInt,
      sources: GoUlids,
      ...UNUSED.compaction,
      parents: GoList({ ulid: GoUlid, minTime: GoInt, maxTime: GoInt }),
      failed: GoBool,
      hints: GoTexts,
    }),
  ),
  thanos: v.nullish(
    struct({
      version: GoInt,
      labels: v.nullish(GoLabels),
      downsample: v.nullish(struct({ resolution: GoInt })),
      source: GoText,
      segment_files: GoTexts,
      files: GoList({
        rel_path: GoText,
        size_bytes: GoInt,
        ...UNUSED.file,
      }),
      rewrites: GoList({ sources: GoUlids, ...UNUSED.rewrite }),
      ...UNUSED.thanos,
      upload_time: v.nullish(v.pipe(v.string("expected a time"), GoTime)),
    }),
  ),
});

/** Of a meta.json that the audit has found fault with. Never throws. */
export function corruptEffect(json: Json): CorruptEffect {
  const parsed = parseGo(v.nullable(GoMeta), json);
  if (!parsed.ok) return "partial";
  return parsed.value?.version === 1 ? "loaded" : "refused";
}

/** Why Thanos cannot decode a meta.json, also in fields that the audit does not use; empty where it can. Never throws. */
export function decodingProblems(json: Json): readonly Problem[] {
  const parsed = parseGo(GoMeta, json);
  return parsed.ok ? [] : parsed.problems;
}

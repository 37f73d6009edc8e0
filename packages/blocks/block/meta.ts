import * as v from "valibot";
import { GoInt, readsAlike } from "#blocks/block/go-json";
import { type CorruptEffect, corruptEffect, decodingProblems, GoTime, UNUSED } from "#blocks/block/go-meta";
import { goTime } from "#blocks/block/go-time";
import { parseJson, readJson, struct } from "#blocks/block/json";
import type { Labels } from "#blocks/block/labels";
import { packSources, type Sources } from "#blocks/block/sources";
import { areUlids, isUlid } from "#blocks/block/ulid";
import { type Interval, union } from "#blocks/intervals";
import type { Problem } from "#config/schema";

/** Far above any real one (about 16 KB for 14 d, more when compacted vertically). */
export const META_MAX_BYTES = 64 * 1024 * 1024;

export type Resolution = 0 | 300_000 | 3_600_000;

/** A file that meta.json says the block has; `size` is null where it does not say. */
export interface BlockFile {
  /** Relative to the block's directory. */
  readonly path: string;
  readonly size: number | null;
}

/** What the checks need of a meta.json (thanos pkg/block/metadata/meta.go, prometheus tsdb/block.go). Times in ms; [minTime, maxTime). */
export interface BlockMeta {
  readonly ulid: string;
  readonly minTime: number;
  readonly maxTime: number;
  readonly samples: number;
  readonly series: number;
  readonly chunks: number;
  readonly tombstones: number;
  readonly level: number;
  readonly sources: Sources;
  /** The blocks it was compacted from; their own parents are not among them. */
  readonly parents: Sources;
  /** Between its parents, a minute long or longer: time that none of them has. */
  readonly parentGaps: readonly Interval[];
  /** Some of its parents overlap: vertical compaction made it. */
  readonly parentsOverlap: boolean;
  /** Where a tool rewrote the block: the sources that it had before. */
  readonly rewrittenFrom: readonly string[];
  /** Set by Prometheus where a compaction of the block failed: the compactor leaves its window alone. */
  readonly failed: boolean;
  readonly hints: readonly string[];
  readonly labels: Labels;
  readonly resolution: Resolution;
  /** `sidecar`, `receive`, `ruler`, `compactor`, ...; empty where meta.json has none. */
  readonly source: string;
  readonly files: readonly BlockFile[];
  /** Null where the writer did not set it: Go's zero time, or Thanos before 0.40. */
  readonly uploadTime: number | null;
  /** Sources of the blocks that `thanos tools bucket rewrite` made this one of; `sources` no longer names them. */
  readonly rewritten: readonly string[];
}

// Years 1 to 9999: what RFC 3339, and so every text about a block, can say.
const EARLIEST = Date.parse("0001-01-01T00:00:00Z");
const LATEST = Date.parse("9999-12-31T23:59:59.999Z");
/** Go's zero time, which `omitempty` does not omit. */
const YEAR_ONE_END = Date.parse("0002-01-01T00:00:00Z");

const Int = v.pipe(v.number("expected an integer"), v.safeInteger("expected an integer"));
const Count = v.nullish(v.pipe(Int, v.minValue(0, "expected a count")), 0);
const Time = v.pipe(
  Int,
  v.minValue(EARLIEST, "expected milliseconds since the epoch"),
  v.maxValue(LATEST, "expected milliseconds since the epoch"),
);
const Ulid = v.pipe(v.string("expected a ULID"), v.toUpperCase(), v.check(isUlid, "expected a ULID"));
/** As they are where all are ULIDs, as nearly always: looking for what is wrong with each takes most of the time of a meta.json. */
const Ulids = v.lazy((input) => (areUlids(input) ? AS_THEY_ARE : v.array(Ulid)));
const AS_THEY_ARE = v.custom<string[]>(() => true);
const Text = v.nullish(v.string("expected a string"), "");
const UploadTime = v.pipe(
  v.string("expected a time"),
  GoTime,
  v.transform((text) => goTime(text) ?? 0),
);
// No `v.record`: it drops a label that is called `constructor` or `__proto__`, and the group key with it.
const LabelSet = v.pipe(
  v.custom<Readonly<Record<string, string | null>>>(isLabelSet, "expected an object of strings"),
  v.transform(withoutNulls),
);

const Thanos = struct({
  version: v.nullish(v.picklist([0, 1], "expected version 1"), 1),
  labels: v.nullish(LabelSet),
  downsample: v.nullish(
    struct({ resolution: v.nullish(v.picklist([0, 300_000, 3_600_000], "expected 0, 300000 or 3600000"), 0) }),
  ),
  source: Text,
  segment_files: v.nullish(v.array(v.pipe(v.string(), v.nonEmpty("expected a file name")))),
  files: v.nullish(
    v.array(
      struct({
        rel_path: v.pipe(v.string("expected a path"), v.nonEmpty("expected a path")),
        size_bytes: v.nullish(v.pipe(Int, v.minValue(0, "expected a size"))),
        ...UNUSED.file,
      }),
    ),
  ),
  upload_time: v.nullish(UploadTime),
  rewrites: v.nullish(v.array(struct({ sources: v.nullish(v.array(Ulid)), ...UNUSED.rewrite }))),
  ...UNUSED.thanos,
});

const Meta = v.pipe(
  struct({
    ulid: Ulid,
    version: v.literal(1, "expected version 1"),
    minTime: Time,
    maxTime: Time,
    stats: v.nullish(
      struct({ numSamples: Count, numSeries: Count, numChunks: Count, numTombstones: Count, ...UNUSED.stats }),
    ),
    compaction: v.nullish(
      struct({
        level: Count,
        sources: v.nullish(Ulids),
        parents: v.nullish(v.array(struct({ ulid: Ulid, minTime: GoInt, maxTime: GoInt }))),
        failed: v.nullish(v.boolean("expected true or false"), false),
        hints: v.nullish(v.array(v.string("expected a string"))),
        ...UNUSED.compaction,
      }),
    ),
    thanos: v.nullish(Thanos),
  }),
  v.forward(
    v.check(({ minTime, maxTime }) => maxTime > minTime, "expected a maxTime above minTime"),
    ["maxTime"],
  ),
);
type Meta = v.InferOutput<typeof Meta>;

export type ParsedMeta =
  | { readonly ok: true; readonly value: BlockMeta }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly effect: CorruptEffect };

/**
 * Reads the meta.json of the block directory `ulid` by the rules of Thanos's fetcher: version 1 only, null or missing
 * labels and stats are empty, unknown fields are passed over. Anything else is a problem: also a ULID that is not the
 * directory's, and a wrong type in a field that no check uses. Never throws.
 */
export function parseMeta(bytes: Uint8Array, ulid: string): ParsedMeta {
  const json = readJson(bytes);
  const parsed = parseJson(Meta, json);
  if (!parsed.ok) return { ...parsed, effect: corruptEffect(json) };
  if (parsed.value.ulid !== ulid) {
    const remedy = `expected the ULID of its directory, ${ulid}`;
    return { ok: false, problems: [{ field: "ulid", value: parsed.value.ulid, remedy }], effect: corruptEffect(json) };
  }
  // What the schema takes Go takes too, as far as numbers are to both what they are.
  const problems = readsAlike(json) ? [] : decodingProblems(json);
  if (problems.length > 0) return { ok: false, problems, effect: "partial" };
  return { ok: true, value: blockMeta(parsed.value) };
}

function blockMeta({ ulid, minTime, maxTime, stats, compaction, thanos }: Meta): BlockMeta {
  return {
    ulid,
    minTime,
    maxTime,
    samples: stats?.numSamples ?? 0,
    series: stats?.numSeries ?? 0,
    chunks: stats?.numChunks ?? 0,
    tombstones: stats?.numTombstones ?? 0,
    level: compaction?.level ?? 0,
    sources: packSources(compaction?.sources ?? []),
    parents: packSources(compaction?.parents?.map(({ ulid }) => ulid) ?? []),
    ...betweenParents(compaction?.parents ?? []),
    rewrittenFrom: thanos?.rewrites?.flatMap(({ sources }) => sources ?? []) ?? [],
    failed: compaction?.failed ?? false,
    hints: compaction?.hints ?? [],
    labels: thanos?.labels ?? {},
    resolution: thanos?.downsample?.resolution ?? 0,
    source: thanos?.source ?? "",
    files: filesOf(thanos),
    uploadTime: uploadTimeOf(thanos?.upload_time),
    rewritten: thanos?.rewrites?.flatMap(({ sources }) => sources ?? []) ?? [],
  };
}

const MINUTE = 60_000;
/** One array for nearly all blocks. */
const NO_GAPS: readonly Interval[] = [];

function betweenParents(
  parents: readonly { readonly minTime?: number | null | undefined; readonly maxTime?: number | null | undefined }[],
): Pick<BlockMeta, "parentGaps" | "parentsOverlap"> {
  const times = parents.map(({ minTime, maxTime }) => ({ minTime: minTime ?? 0, maxTime: maxTime ?? 0 }));
  const known = times.filter(({ minTime, maxTime }) => maxTime > minTime).sort((a, b) => a.minTime - b.minTime);
  const held = union(known.map(({ minTime, maxTime }) => ({ from: minTime, to: maxTime })));
  const gaps = held
    .slice(1)
    .map(({ from }, index) => ({ from: held[index]?.to ?? from, to: from }))
    .filter(({ from, to }) => to - from >= MINUTE);
  const parentsOverlap = known.some(({ maxTime }, index) => (known[index + 1]?.minTime ?? maxTime) < maxTime);
  return { parentGaps: gaps.length === 0 ? NO_GAPS : gaps, parentsOverlap };
}

function uploadTimeOf(time: number | null | undefined): number | null {
  return time === null || time === undefined || time < YEAR_ONE_END ? null : time;
}

/** `files` since Thanos 0.17; before, `segment_files` without sizes; before that, at least an index and a first segment. */
function filesOf(thanos: Meta["thanos"]): BlockFile[] {
  const files = (thanos?.files ?? []).filter((file) => file.rel_path !== "meta.json");
  if (files.length > 0) return files.map((file) => ({ path: file.rel_path, size: file.size_bytes ?? null }));
  const segments = thanos?.segment_files?.length ? thanos.segment_files : ["000001"];
  return [...segments.map((name) => `chunks/${name}`), "index"].map((path) => ({ path, size: null }));
}

function isLabelSet(input: unknown): boolean {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return false;
  return Object.values(input).every((value) => value === null || typeof value === "string");
}

/** Go reads null as an empty string. */
function withoutNulls(labels: Readonly<Record<string, string | null>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value ?? ""]));
}

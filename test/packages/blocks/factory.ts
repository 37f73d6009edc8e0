import * as v from "valibot";
import type { ReadableBlock } from "#blocks/block/block";
import { parseMeta } from "#blocks/block/meta";
import type { Bucket } from "#blocks/bucket/bucket";
import { compareKeys } from "#blocks/bucket/listing";
import { AuditSettings } from "#config/audit-settings";
import { bucketOfRecording, type RecordedObject } from "#local/recorded-bucket";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function at(text: string): number {
  return Date.parse(text);
}

/** A ULID of this time; `salt` (up to 6 Crockford characters) tells several apart. */
export function ulidAt(ms: number, salt = ""): string {
  let rest = ms;
  let time = "";
  for (let index = 0; index < 10; index += 1) {
    time = `${CROCKFORD[rest % 32]}${time}`;
    rest = Math.floor(rest / 32);
  }
  return `${time}${salt.padStart(16, "0")}`;
}

export interface BlockSpec {
  readonly min: number;
  readonly max: number;
  readonly ulid?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly source?: string;
  readonly level?: number;
  readonly sources?: readonly string[];
  readonly hints?: readonly string[];
  readonly resolution?: number;
  readonly samples?: number;
  /** Default: 14. */
  readonly series?: number;
  readonly parents?: readonly { readonly ulid: string; readonly minTime: number; readonly maxTime: number }[];
  /** Null: meta.json has none. Default: an hour after `max`. */
  readonly uploaded?: number | null;
  /** When the store has its objects. Default: when it was uploaded. */
  readonly written?: number | undefined;
  readonly markedAt?: number;
  readonly noCompact?: boolean;
  readonly tombstones?: number;
  /** Bytes. */
  readonly indexSize?: number;
}

/** Blocks of one time and different labels, level or resolution get different ULIDs. */
export function ulidOf({ ulid, max, labels, level, resolution }: BlockSpec): string {
  if (ulid !== undefined) return ulid;
  let sum = 0;
  for (const byte of Buffer.from(JSON.stringify([labels, level, resolution]))) sum = (sum * 31 + byte) % 10 ** 9;
  return ulidAt(max + HOUR, String(sum));
}

/** A meta.json as Thanos writes it, before it is text. */
export function metaOf(spec: BlockSpec): Record<string, unknown> {
  const uploaded = spec.uploaded === undefined ? spec.max + HOUR : spec.uploaded;
  return {
    ulid: ulidOf(spec),
    minTime: spec.min,
    maxTime: spec.max,
    stats: {
      ...{ numSamples: spec.samples ?? 1680, numSeries: spec.series ?? 14, numChunks: 14 },
      ...(spec.tombstones && { numTombstones: spec.tombstones }),
    },
    compaction: {
      level: spec.level ?? 1,
      sources: spec.sources ?? [ulidOf(spec)],
      ...(spec.parents && { parents: spec.parents }),
      ...(spec.hints && { hints: spec.hints }),
    },
    version: 1,
    thanos: {
      labels: spec.labels ?? { cluster: "a", replica: "0" },
      downsample: { resolution: spec.resolution ?? 0 },
      source: spec.source ?? "sidecar",
      files: [
        { rel_path: "chunks/000001", size_bytes: 100 },
        { rel_path: "index", size_bytes: spec.indexSize ?? 50 },
        { rel_path: "meta.json" },
      ],
      index_stats: {},
      upload_time: uploaded === null ? "0001-01-01T00:00:00Z" : new Date(uploaded).toISOString(),
    },
  };
}

export function object(key: string, content: string | number, lastModified: number): RecordedObject {
  const bytes = typeof content === "string" ? Buffer.from(content) : undefined;
  const size = typeof content === "string" ? Buffer.byteLength(content) : content;
  const etag = `${key}:${typeof content === "string" ? content.length : content}:${lastModified}`;
  return { key, size, lastModified, etag, storageClass: "STANDARD", content: bytes };
}

/** Every object of a whole block. */
export function blockObjects(spec: BlockSpec): RecordedObject[] {
  const ulid = ulidOf(spec);
  const written = spec.written ?? spec.uploaded ?? spec.max + HOUR;
  const mark = { id: ulid, version: 1, deletion_time: Math.floor((spec.markedAt ?? 0) / 1000), details: "by hand" };
  return [
    object(`${ulid}/chunks/000001`, 100, written),
    ...(spec.markedAt === undefined ? [] : [object(`${ulid}/deletion-mark.json`, JSON.stringify(mark), spec.markedAt)]),
    object(`${ulid}/index`, spec.indexSize ?? 50, written),
    object(`${ulid}/meta.json`, JSON.stringify(metaOf(spec)), written),
  ];
}

export function bucketOf(objects: readonly RecordedObject[], pageSize = 1000): Bucket {
  const inOrder = objects.toSorted((a, b) => compareKeys(a.key, b.key));
  return bucketOfRecording(inOrder, { url: "s3://blocks", pageSize });
}

/** Level-1 blocks of 2 h, the last ending at `until`. */
export function headBlocks(until: number, count: number, rest: Partial<BlockSpec> = {}): BlockSpec[] {
  return Array.from({ length: count }, (_, index) => {
    const max = until - (count - 1 - index) * 2 * HOUR;
    return { min: max - 2 * HOUR + 1234, max, ...rest };
  });
}

export function settingsOf(input: v.InferInput<typeof AuditSettings> = {}): AuditSettings {
  return v.parse(AuditSettings, input);
}

/** A block as it is after reading; throws where the factory made a bad meta.json. */
export function readableOf(spec: BlockSpec): ReadableBlock {
  const ulid = ulidOf(spec);
  const parsed = parseMeta(Buffer.from(JSON.stringify(metaOf(spec))), ulid);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return {
    ulid,
    files: new Map(),
    state: { kind: "ok", meta: parsed.value },
    meta: parsed.value,
    deletionMark: spec.markedAt === undefined ? undefined : { time: spec.markedAt, reason: "", details: "" },
    noCompactMark: spec.noCompact ? { time: 0, reason: "manual", details: "" } : undefined,
    noDownsampleMark: undefined,
    refusedMarks: [],
  };
}

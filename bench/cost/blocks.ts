import { createHash } from "node:crypto";
import { ulidOfTime } from "#blocks/block/ulid";
import type { Bucket, ObjectEntry } from "#blocks/bucket/bucket";

/** Two Prometheus replicas per cluster, each a stream of blocks. */
export const REPLICAS = 2;
/** index, one chunk file, meta.json: as the sidecar uploads a block of two hours. */
const FILES = ["chunks/000001", "index", "meta.json"];
const PAGE = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const UPLOADED = Date.parse("2026-11-20T09:02:00Z");
/** End of the newest block. */
const NEWEST = Date.parse("2026-11-20T08:00:00Z");

export interface GrowingBucket extends Bucket {
  /** Another block of every stream of a cluster; the keys of their meta.json. */
  grow(cluster: string): readonly string[];
}

/** A bucket with `history` blocks of two hours of each stream of these clusters. */
export function growingBucket(url: string, clusters: readonly string[], history: number): GrowingBucket {
  const contents = new Map<string, string>();
  const counts = new Map<string, number>();
  let serial = 0;
  const add = (cluster: string, replica: number, age: number): string => {
    const maxTime = NEWEST - age * 2 * HOUR_MS;
    serial += 1;
    // Cut an hour after its end, as Prometheus does. Random, as compression sees it, and the same in every run.
    const ulid = ulidOfTime(maxTime + HOUR_MS + MINUTE_MS).slice(0, 10) + hashOf(serial).slice(0, 16).toUpperCase();
    for (const file of FILES) contents.set(`${ulid}/${file}`, "");
    contents.set(`${ulid}/meta.json`, metaOf(ulid, { cluster, replica, maxTime }));
    return `${ulid}/meta.json`;
  };
  const addAll = (cluster: string, age: number): readonly string[] =>
    Array.from({ length: REPLICAS }, (_, replica) => add(cluster, replica, age));
  for (const cluster of clusters) for (let age = history; age > 0; age -= 1) addAll(cluster, age);
  return {
    url,
    grow: (cluster) => {
      counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
      return addAll(cluster, 0);
    },
    list: async function* ({ prefix = "", startAfter = "" } = {}) {
      const keys = [...contents.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).toSorted();
      for (let at = 0; at === 0 || at < keys.length; at += PAGE) yield keys.slice(at, at + PAGE).map(entryOf);
    },
    get: async (key) => {
      const text = contents.get(key);
      return text === undefined ? undefined : new TextEncoder().encode(text);
    },
    getRange: async (key, { start, length }) =>
      contents.has(key) ? new TextEncoder().encode(contents.get(key)).subarray(start, start + length) : undefined,
  };

  function entryOf(key: string): ObjectEntry {
    const size = key.endsWith("meta.json") ? (contents.get(key)?.length ?? 0) : 10;
    return { key, size, lastModified: UPLOADED, etag: hashOf(key), storageClass: "STANDARD" };
  }
}

function metaOf(ulid: string, of: { readonly cluster: string; readonly replica: number; readonly maxTime: number }) {
  return JSON.stringify({
    ulid,
    minTime: of.maxTime - 2 * HOUR_MS,
    maxTime: of.maxTime,
    stats: { numSamples: 60_000_000, numSeries: 250_000, numChunks: 500_000 },
    compaction: { level: 1, sources: [ulid] },
    version: 1,
    thanos: {
      labels: { cluster: of.cluster, prometheus_replica: String(of.replica) },
      downsample: { resolution: 0 },
      source: "sidecar",
      files: [
        { rel_path: "chunks/000001", size_bytes: 10 },
        { rel_path: "index", size_bytes: 10 },
        { rel_path: "meta.json" },
      ],
    },
  });
}

function hashOf(what: string | number): string {
  return createHash("md5").update(String(what)).digest("hex");
}

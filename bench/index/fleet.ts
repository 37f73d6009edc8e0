import { createHash } from "node:crypto";
import type { Block } from "#blocks/block";
import type { ListedFile } from "#blocks/directories";
import type { Labels } from "#blocks/labels";
import type { BlockMeta, Resolution } from "#blocks/meta";

/* The blocks of a fleet that is a year old, as `readBucket` would read them, without a bucket. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SEGMENT = 512 * 1024 * 1024;
const END = Date.parse("2026-11-20T12:00:00Z");

/** Ranges of blocks by age, as the compactor leaves them: level, range, and how far back they reach. */
const LEVELS = [
  { level: 1, range: 2 * HOUR, until: 10 * HOUR },
  { level: 2, range: 8 * HOUR, until: 56 * HOUR },
  { level: 3, range: 48 * HOUR, until: 16 * DAY },
  { level: 4, range: 14 * DAY, until: 365 * DAY },
] as const;

/** Streams of this fleet, by year, hold so many blocks each: about 105. */
export function yearOldFleet(streams: number): readonly Block[] {
  const random = randomOf(streams);
  const blocks = Array.from({ length: streams }, (_, stream) => blocksOfStream(stream, random)).flat();
  return blocks.sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}

/** `count` blocks of two hours, as they lie there when nothing is compacted. */
export function headsOnly(streams: number, count: number): readonly Block[] {
  const random = randomOf(count);
  const blocks = Array.from({ length: streams }, (_, stream) =>
    Array.from({ length: count }, (_, age) => {
      const maxTime = END - age * 2 * HOUR;
      const ulid = random.ulid(maxTime + random.upTo(60_000));
      return blockOf(
        { ulid, stream, level: 1, minTime: maxTime - 2 * HOUR, maxTime, resolution: 0, sources: [ulid] },
        random,
      );
    }),
  ).flat();
  return blocks.sort((a, b) => (a.ulid < b.ulid ? -1 : 1));
}

interface Random {
  upTo(most: number): number;
  ulid(time: number): string;
}

/** Repeatable: bytes of hashes of a counter. */
function randomOf(seed: number): Random {
  let pool = Buffer.alloc(0);
  let serial = 0;
  const bytes = (count: number): Buffer => {
    while (pool.length < count) {
      serial += 1;
      pool = Buffer.concat([pool, createHash("sha512").update(`${seed} ${serial}`).digest()]);
    }
    const taken = pool.subarray(0, count);
    pool = pool.subarray(count);
    return taken;
  };
  return {
    upTo: (most) => bytes(4).readUInt32BE() % (most + 1),
    ulid: (time) => timeChars(time) + Array.from(bytes(16), (byte) => CROCKFORD[byte % 32]).join(""),
  };
}

function timeChars(time: number): string {
  let rest = time;
  let text = "";
  for (let place = 0; place < 10; place += 1) {
    text = `${CROCKFORD[rest % 32]}${text}`;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function blocksOfStream(stream: number, random: Random): Block[] {
  const heads = Array.from({ length: 365 * 12 }, (_, age) => random.ulid(END - age * 2 * HOUR + random.upTo(60_000)));
  const sourcesOf = (minTime: number, maxTime: number): readonly string[] =>
    heads.slice((END - maxTime) / (2 * HOUR), (END - minTime) / (2 * HOUR)).reverse();
  const blocks: Block[] = [];
  let maxTime = END;
  for (const { level, range, until } of LEVELS) {
    for (; END - maxTime < until; maxTime -= range) {
      const minTime = maxTime - range;
      const sources = sourcesOf(minTime, maxTime);
      const made = maxTime + level * HOUR + random.upTo(60_000);
      const resolutions: readonly Resolution[] =
        level === 4 ? [0, 300_000, 3_600_000] : level === 3 ? [0, 300_000] : [0];
      for (const [nth, resolution] of resolutions.entries()) {
        const ulid = level === 1 ? (sources[0] ?? "") : random.ulid(made + nth * HOUR);
        blocks.push(blockOf({ ulid, stream, level, minTime, maxTime, resolution, sources }, random));
      }
    }
  }
  return blocks;
}

interface Made {
  readonly ulid: string;
  readonly stream: number;
  readonly level: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly resolution: Resolution;
  readonly sources: readonly string[];
}

function blockOf({ ulid, stream, level, minTime, maxTime, resolution, sources }: Made, random: Random): Block {
  const uploaded = maxTime + 60_000 + random.upTo(600_000);
  const bytes = (sources.length * (30_000_000 + random.upTo(4_000_000))) / (resolution === 0 ? 1 : 8);
  const segments = Math.max(1, Math.ceil(bytes / SEGMENT));
  const file = (size: number, seconds: number, etag = ""): ListedFile => ({
    ...{ size, etag, storageClass: "STANDARD" },
    lastModified: Math.floor(uploaded / 1000 + seconds) * 1000,
  });
  const files = new Map<string, ListedFile>();
  for (let segment = 1; segment <= segments; segment += 1) {
    const size = segment < segments ? SEGMENT - random.upTo(2_000_000) : Math.floor(bytes % SEGMENT) + 1;
    files.set(`chunks/${String(segment).padStart(6, "0")}`, file(size, segment));
  }
  files.set("index", file(2_000_000 + random.upTo(1_000_000), segments + 1));
  files.set("meta.json", file(1000 + 34 * sources.length, segments + 2, createHash("md5").update(ulid).digest("hex")));
  const meta: BlockMeta = {
    ...{ ulid, minTime: minTime + random.upTo(15_000), maxTime, resolution, level, sources },
    ...{
      samples: 60_000_000 + random.upTo(5_000_000),
      series: 250_000 + random.upTo(9999),
      chunks: 500_000 + random.upTo(9999),
    },
    ...{
      tombstones: 0,
      parents: level === 1 ? [] : sources.slice(0, 7),
      rewrittenFrom: [],
      rewritten: [],
      failed: false,
      hints: [],
    },
    labels: labelsOf(stream),
    source: level === 1 ? "sidecar" : "compactor",
    files: [...files].flatMap(([path, { size }]) => (path === "meta.json" ? [] : [{ path, size }])),
    uploadTime: uploaded,
  };
  const none = { deletionMark: undefined, noCompactMark: undefined, noDownsampleMark: undefined, refusedMarks: [] };
  return { ulid, files, state: { kind: "ok", meta }, ...none };
}

function labelsOf(stream: number): Labels {
  return {
    cluster: `prod-${Math.floor(stream / 2)}`,
    region: "eu-west-1",
    stage: "prod",
    prometheus_replica: `prometheus-${stream % 2}`,
  };
}

import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { type ReadableBlock, readableBlocks } from "#blocks/block/block";
import type { Finding } from "#blocks/finding";
import { readBucket } from "#blocks/read-bucket";
import { isMarkedByRetention } from "#blocks/streams/coverage";
import { directoryBucket } from "#local/directory-bucket";
import { settingsOf } from "#test/packages/blocks/factory";
import { mulberry32, objectsOf, type RandomBlock, ulidOf } from "#test/real/planner/random-buckets";
import { type FolderBucket, makeFolderBucket } from "#test/real/servers/block-bucket";
import { compactOnce, thanos } from "#test/real/servers/compactor";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WINDOW = 2 * DAY;
/** A head begins with its first scrape. */
const FIRST_SCRAPE = 3_417;

type Labels = RandomBlock["labels"];

function blockOf(labels: Labels, min: number, max: number, rest: Partial<RandomBlock> = {}): RandomBlock {
  const ulid = ulidOf(max + HOUR, mulberry32(max + JSON.stringify([labels, rest]).length));
  return {
    ...{ ulid, min: min + FIRST_SCRAPE, max, labels, resolution: 0, sources: [ulid], source: "sidecar" },
    ...{ uploaded: max + HOUR + MINUTE, failed: false, isEmpty: false, indexSize: 0, tombstones: 0 },
    ...{ hasNoCompactMark: false, markedAt: undefined },
    ...rest,
  };
}

async function put({ folder }: FolderBucket, blocks: readonly RandomBlock[], now: number): Promise<void> {
  for (const [key, content] of objectsOf({ blocks }, now)) {
    await mkdir(dirname(join(folder, key)), { recursive: true });
    await writeFile(join(folder, key), content);
  }
}

async function blocksIn({ folder }: FolderBucket): Promise<readonly ReadableBlock[]> {
  return readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks);
}

function seconds(ms: number): string {
  return `${Math.ceil(ms / 1000)}s`;
}

/**
 * After the end of a window of 2 d: its last 8 h but one are compacted, then retention can act, and then the window is compacted,
 * 5 h 31 m after its end.
 */
const LOOKS = [-2 * HOUR, 5 * HOUR + 20 * MINUTE, 5 * HOUR + 35 * MINUTE];

/**
 * A window of 2 d, long ago, as a stream fills it and the compactor goes through it. Its clock cannot be set, but what it does with
 * time are ages: they are lengthened by the age of the time that is meant. Returns the 5 m blocks.
 */
async function livedThrough(raw: number): Promise<readonly ReadableBlock[]> {
  const bucket = await makeFolderBucket({});
  const own = [`--data-dir=${join(bucket.desk, "data")}`, `--objstore.config-file=${bucket.objstore}`];
  const end = Math.floor(Date.now() / WINDOW) * WINDOW - 10 * WINDOW;
  let uploaded = end - WINDOW;
  for (const look of LOOKS) {
    const heads: RandomBlock[] = [];
    for (; uploaded + 3 * HOUR < end + look; uploaded += 2 * HOUR) {
      heads.push(blockOf({ cluster: "a" }, uploaded, uploaded + 2 * HOUR));
    }
    await put(bucket, heads, end);
    const age = Date.now() - (end + look);
    const delays = [`--consistency-delay=${seconds(age + 30 * MINUTE)}`, "--delete-delay=0s"];
    const retention = `--retention.resolution-raw=${seconds(age + raw)}`;
    const run = await thanos(["compact", ...own, "--http-address=127.0.0.1:0", ...delays, retention]);
    expect(run).toMatchObject({ exitCode: 0 });
  }
  return (await blocksIn(bucket)).filter(({ meta }) => meta.resolution === 300_000);
}

async function misconfigured(raw: string): Promise<readonly Finding[]> {
  const { folder } = await makeFolderBucket({ "README.md": "" });
  const { findings } = await auditBucket({
    bucket: directoryBucket(folder),
    settings: settingsOf({ retention: { raw }, deleteDelay: "0s" }),
    now: new Date(),
  });
  return findings.filter(({ id }) => id === "retention.misconfig");
}

describe("a retention of raw samples", () => {
  it("of 45 h, with no delay of deletions, leaves nothing to be downsampled, as retention.misconfig says", async () => {
    const [[finding], made] = await Promise.all([misconfigured("45h"), livedThrough(45 * HOUR)]);

    expect(finding?.evidence).toMatchObject({ fiveMinutesCoverage: "none" });
    expect(made).toEqual([]);
  }, 60_000);

  it("of 46 h is enough for 5 m samples of everything, and is none", async () => {
    const [findings, made] = await Promise.all([misconfigured("46h"), livedThrough(46 * HOUR)]);

    expect(findings).toEqual([]);
    expect(made.map(({ meta }) => meta.maxTime - meta.minTime)).toEqual([WINDOW - FIRST_SCRAPE]);
  }, 60_000);
});

describe("blocks that expire and were not downsampled", () => {
  const RAW = 6 * DAY;
  const settings = settingsOf({ retention: { raw: "6d" }, deleteDelay: "48h", consistencyDelay: "0s" });
  const now = Date.now();
  /** The last whole window whose blocks have all expired. */
  const end = Math.floor((now - RAW) / WINDOW) * WINDOW;
  const windowOf = (cluster: string, length: number, rest: Partial<RandomBlock> = {}): RandomBlock[] =>
    Array.from({ length: WINDOW / length }, (_, index) => {
      const min = end - WINDOW + index * length;
      return blockOf({ cluster }, min, min + length, { source: "compactor", ...rest });
    });
  /** What a stream goes on with. */
  const newer = (cluster: string) => {
    const last = Math.floor(now / (2 * HOUR)) * 2 * HOUR;
    return [4, 6].map((hours) => blockOf({ cluster }, last - hours * HOUR, last - (hours - 2) * HOUR));
  };

  it("are foretold, and the real compactor marks exactly those for good", async () => {
    const kept = windowOf("kept from compaction", 8 * HOUR, { hasNoCompactMark: true });
    const [whole] = windowOf("downsampled", WINDOW);
    const fiveMinutes = whole && {
      ...whole,
      ulid: ulidOf(end + 2 * HOUR, mulberry32(5)),
      resolution: 300_000 as const,
    };
    const bucket = await makeFolderBucket({});
    const blocks = [...kept, ...newer("kept from compaction"), ...newer("downsampled")];
    await put(bucket, [...blocks, ...(whole && fiveMinutes ? [whole, fiveMinutes] : [])], now);
    const { findings } = await auditBucket({
      bucket: directoryBucket(bucket.folder),
      settings,
      now: new Date(end - WINDOW + 8 * HOUR + RAW - MINUTE),
    });
    const foretold = findings.filter(({ id }) => id === "retention.expires-undownsampled");
    expect(foretold).toMatchObject([{ severity: "critical", labels: { cluster: "kept from compaction" } }]);

    const run = await compactOnce({ ...bucket, flags: [`--retention.resolution-raw=${RAW / HOUR}h`] });
    const after = await blocksIn(bucket);
    const lost = after.filter((block) => isMarkedByRetention(block) && !isDownsampled(block, after));

    expect(run).toMatchObject({ exitCode: 0 });
    expect(lost.map(({ ulid }) => ulid).sort()).toEqual(kept.map(({ ulid }) => ulid).sort());
    expect([...(foretold[0]?.blocks ?? [])].sort()).toEqual(kept.map(({ ulid }) => ulid).sort());
    expect(after.find(({ ulid }) => ulid === whole?.ulid)?.deletionMark).toBeDefined();
  }, 60_000);

  function isDownsampled({ meta }: ReadableBlock, all: readonly ReadableBlock[]): boolean {
    const done = all.filter((one) => one.meta.resolution > 0).flatMap((one) => [...one.meta.sources]);
    return [...meta.sources].every((source) => done.includes(source));
  }
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pMap from "p-map";
import { describe, expect, it, onTestFinished } from "vitest";
import { s3Bucket } from "#aws/s3-bucket";
import { s3ObjectStore } from "#aws/s3-object-store";
import type { Block } from "#blocks/block/block";
import type { Bucket } from "#blocks/bucket/bucket";
import { pagesOf } from "#blocks/bucket/listing";
import { indexBlocks } from "#blocks/index/index-block";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { refreshIndex } from "#blocks/index/refresh";
import { readBucket } from "#blocks/read-bucket";
import { ConflictError } from "#fleet/errors";
import { fileObjectStore } from "#local/file-object-store";
import { type BlockSpec, blockObjects, HOUR, headBlocks, ulidOf } from "#test/packages/blocks/factory";
import { freshBucket, type S3On } from "#test/real/servers/buckets";

const NOW = Date.parse("2026-11-20T12:00:00Z");
/** So small that listings cut and join shards while events write into them. */
const SIZES = { recentMs: 96 * HOUR, recent: 400, old: 1_000, windowBlocks: 6 };
const OLD = headBlocks(NOW - 24 * HOUR, 40);
const NEW = headBlocks(NOW, 12, { labels: { cluster: "b", replica: "0" } });
/** What no event tells of, all over the shards: each of them is written by the listings too. */
const UNTOLD = headBlocks(NOW, 52, { labels: { cluster: "c", replica: "0" } });
const MARKED = OLD.filter((_, at) => at % 3 === 0);
/** As the queue allows. */
const RECEIVES = 5;

const textsOf = (spec: BlockSpec) =>
  blockObjects(spec).map(({ key, content, size }) => [key, content?.toString() ?? "x".repeat(size)] as const);

const PLACES: readonly (readonly [S3On, "there" | "in files"])[] = [
  ["versitygw", "there"],
  ["ministack", "there"],
  ["versitygw", "in files"],
];

describe.each(PLACES)("the index of a bucket on %s, kept %s", (on, place) => {
  it("loses nothing while events write it, a tail listing and a full one, all at once", async () => {
    const [blocks, state] = [await freshBucket(on), await freshBucket(on)];
    const bucket = s3Bucket(blocks.url, blocks.options);
    const folder = await mkdtemp(join(tmpdir(), "musterbook-races-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    // Each writer is a process of its own.
    const indexes = () =>
      place === "there" ? s3ObjectStore(`${state.url}/indexes`, state.options) : fileObjectStore(folder);
    const list = async (listing: "full" | "tail", from: Bucket = bucket) => {
      const index = await loadIndex(indexPlace(indexes(), blocks.url));
      return refreshIndex(index, { bucket: from, listing, now: NOW, sizes: SIZES });
    };
    await blocks.fill(Object.fromEntries(OLD.flatMap(textsOf)));
    await list("full");
    await blocks.fill(Object.fromEntries(UNTOLD.flatMap(textsOf)));
    let events = 0;
    const halfway = Promise.withResolvers<void>();
    const told = async (key: string, receive = 1): Promise<void> => {
      try {
        await indexBlocks({ bucket, indexes: indexes(), keys: [key] });
        events += 1;
        if (events === Math.floor((NEW.length + MARKED.length) / 2)) halfway.resolve();
      } catch (error) {
        if (!(error instanceof ConflictError) || receive === RECEIVES) throw error;
        await told(key, receive + 1);
      }
    };
    // What they list is older than every event, and they write when half of these are done.
    const before = (await Array.fromAsync(bucket.list())).flat();
    const late: Bucket = {
      ...bucket,
      list: async function* (options = {}) {
        if (options.prefix === undefined) {
          await halfway.promise;
          yield* pagesOf(before, options, 1_000);
        } else yield* bucket.list(options);
      },
    };
    // Listings that meet give way, one or both: SQS lets no two of a bucket meet.
    const racing = async (listing: "full" | "tail"): Promise<void> => {
      await list(listing, late).catch((error: unknown) => {
        if (!(error instanceof ConflictError)) throw error;
      });
    };
    const uploads = pMap(
      NEW,
      async (spec) => {
        for (const [key, text] of textsOf(spec)) await blocks.fill({ [key]: text });
        await told(`${ulidOf(spec)}/meta.json`);
      },
      { concurrency: 4 },
    );
    const marks = pMap(
      MARKED,
      async (spec) => {
        const mark = textsOf({ ...spec, markedAt: NOW }).filter(([key]) => key.endsWith("-mark.json"));
        await blocks.fill(Object.fromEntries(mark));
        await told(`${ulidOf(spec)}/deletion-mark.json`);
      },
      { concurrency: 4 },
    );
    await Promise.all([racing("full"), racing("tail"), uploads, marks]);

    const indexed = async () => blocksOf(await loadIndex(indexPlace(indexes(), blocks.url)));
    const bucketNow = (await readBucket({ bucket })).blocks;
    expect(bucketNow).toHaveLength(OLD.length + UNTOLD.length + NEW.length);
    const untold = new Set(UNTOLD.map(ulidOf));
    const toldOf = (all: readonly Block[]) => all.filter(({ ulid }) => !untold.has(ulid));
    expect(toldOf(await indexed())).toEqual(toldOf(bucketNow));
    // What a listing had found that gave way comes with the next one.
    await list("full");
    expect(await indexed()).toEqual(bucketNow);
  });
});

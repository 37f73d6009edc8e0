import { describe, expect, it } from "vitest";
import type { Block } from "#blocks/block/block";
import type { Bucket, ObjectEntry, ObjectStore } from "#blocks/bucket/bucket";
import { SHARD_SIZES } from "#blocks/index/arrange";
import { indexBlocks } from "#blocks/index/index-block";
import { blocksOf, indexPlace, isComplete, loadIndex } from "#blocks/index/load";
import { refreshIndex } from "#blocks/index/refresh";
import { blockIndexKey, loadRoot, shardKey } from "#blocks/index/root";
import { readBucket, readIndex, readIndexed } from "#blocks/read-bucket";
import { ConflictError, RetryableError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { at, blockObjects, bucketOf, HOUR, headBlocks, object, ulidOf } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const URL = "s3://blocks";
const SPECS = headBlocks(NOON, 30, { markedAt: NOON });
const OBJECTS = SPECS.flatMap(blockObjects);
const JUNK = [
  object("0-first", 7, NOON),
  object("debug/metas/x.json", 3, NOON),
  object("thanos.shipper.json", 9, NOON),
];

function fullListing(bucket: Bucket, index: ObjectStore, now = NOON) {
  return readIndexed({ bucket, index, listing: "full", now });
}

async function stored(index: ObjectStore): Promise<readonly Block[]> {
  return blocksOf(await loadIndex(indexPlace(index, URL)));
}

/** A store that counts its writes. */
function counting(store: ObjectStore) {
  const writes: string[] = [];
  const counted: ObjectStore = {
    ...store,
    write: (key, ...rest) => {
      writes.push(key);
      return store.write(key, ...rest);
    },
  };
  return { counted, writes };
}

describe("a full listing", () => {
  it("finds what a reading without an index finds", async () => {
    const bucket = bucketOf([...OBJECTS, ...JUNK], 7);
    const { requests: _, index, ...found } = (await fullListing(bucket, memoryObjectStore())) ?? {};
    const { requests: __, index: ___, ...plain } = await readBucket({ bucket });

    expect(found).toEqual(plain);
    expect(index).toEqual({ listedAt: NOON, fullAt: NOON, missed: null });
  });

  it("reads again only what has another etag than the index knows", async () => {
    const index = memoryObjectStore();
    const first = await fullListing(bucketOf(OBJECTS), index);
    const again = await fullListing(bucketOf(OBJECTS), index);
    const changed = OBJECTS.map((entry, place) => (place === 3 ? { ...entry, etag: "other" } : entry));
    const third = await fullListing(bucketOf(changed), index);

    expect(again?.requests.get).toBe(0);
    expect(again?.blocks).toEqual(first?.blocks);
    expect(third?.requests.get).toBe(1);
  });

  it("writes shards only when something changed, and reads what is bad every time", async () => {
    const { counted, writes } = counting(memoryObjectStore());
    const corrupt = object(`${ulidOf(SPECS[0] ?? { min: 0, max: 0 })}/meta.json`, "{", NOON);
    const bucket = bucketOf([...OBJECTS.filter(({ key }) => key !== corrupt.key), corrupt]);
    for (let listing = 0; listing < 3; listing += 1) await fullListing(bucket, counted);

    expect(writes.filter((key) => key === shardKey(URL, 0))).toHaveLength(1);
    expect(writes.filter((key) => key === blockIndexKey(URL))).toHaveLength(3);
  });

  it("trusts no index where the store has no etags", async () => {
    const index = memoryObjectStore();
    const bucket = bucketOf(OBJECTS.map((entry) => ({ ...entry, etag: "" })));
    await fullListing(bucket, index);

    expect((await fullListing(bucket, index))?.requests.get).toBe(60);
  });

  it.each(["", "{", "[]", '{"schemaVersion":2,"url":"s3://blocks","blocks":[]}', '{"schemaVersion":3}'])(
    "makes an index anew that reads %j",
    async (text) => {
      const index = memoryObjectStore();
      await index.write(blockIndexKey(URL), text, null);
      await index.write(shardKey(URL, 0), text, null);

      expect((await fullListing(bucketOf(OBJECTS), index))?.requests.get).toBe(60);
      expect(await stored(index)).toHaveLength(30);
    },
  );

  it("makes a shard anew that was lost, and counts nothing of it as told by no event", async () => {
    const index = memoryObjectStore();
    await fullListing(bucketOf(OBJECTS), index);
    await index.write(shardKey(URL, 0), "lost", (await index.read(shardKey(URL, 0)))?.version ?? null);

    expect(await readIndex({ index, url: URL })).toBeUndefined();
    expect((await fullListing(bucketOf(OBJECTS), index))?.blocks).toHaveLength(30);
    expect(isComplete(await loadIndex(indexPlace(index, URL)))).toBe(true);
  });

  it("counts what events had not told", async () => {
    const index = memoryObjectStore();
    await fullListing(bucketOf(OBJECTS.slice(8)), index, NOON + HOUR);
    const fresh = headBlocks(NOON + 2 * HOUR, 1).flatMap(blockObjects);
    const later = bucketOf([...OBJECTS.slice(0, -4), ...fresh]);
    await indexBlocks({ bucket: later, indexes: index, keys: [`${ulidOf(SPECS[0] ?? { min: 0, max: 0 })}/meta.json`] });

    // One that events told; one that they did not; one that is gone; one that is too young to be missed.
    expect((await fullListing(later, index, NOON + 3 * HOUR))?.index?.missed).toBe(2);
    expect((await fullListing(later, index, NOON + 4 * HOUR))?.index?.missed).toBe(0);
  });

  it("counts what the tails before it have found", async () => {
    const index = memoryObjectStore();
    const due = (objects: typeof OBJECTS, now: number) =>
      readIndexed({ bucket: bucketOf(objects), index, listing: "due", now });
    await fullListing(bucketOf(OBJECTS.slice(0, -8)), index);
    await due(OBJECTS.slice(0, -4), NOON + HOUR);
    await due(OBJECTS, NOON + 2 * HOUR);

    expect((await due(OBJECTS, NOON + 6 * HOUR))?.index?.missed).toBe(2);
    expect((await due(OBJECTS, NOON + 12 * HOUR))?.index?.missed).toBe(0);
  });

  it("judges and keeps nothing of a listing that fails half way", async () => {
    const index = memoryObjectStore();
    await fullListing(bucketOf(OBJECTS, 10), index);
    const before = await stored(index);
    const half = OBJECTS.slice(60);
    await expect(fullListing(failingAfter(bucketOf(half, 10), 3), index)).rejects.toThrow("the wire is cut");

    expect(await stored(index)).toEqual(before);
  });

  it("takes it calmly when another listing wrote the index first", async () => {
    const index = memoryObjectStore();
    await fullListing(bucketOf(OBJECTS), index);
    const late: ObjectStore = {
      ...index,
      write: async (key, ...rest) => {
        if (key === blockIndexKey(URL)) throw new ConflictError("lost", { remedy: "read again" });
        return index.write(key, ...rest);
      },
    };
    expect((await fullListing(bucketOf(OBJECTS), late))?.blocks).toHaveLength(30);
  });

  it("throws any other error of writing the index", async () => {
    const index: ObjectStore = {
      ...memoryObjectStore(),
      write: async () => Promise.reject(new RetryableError("503", { remedy: "wait" })),
    };
    await expect(fullListing(bucketOf(OBJECTS), index)).rejects.toThrow("503");
  });
});

describe("a full listing that has not the time", () => {
  it.each(["", "and stops before each end"])("counts what was missed once, killed at any write %s", async (stops) => {
    const before = bucketOf(OBJECTS.slice(0, 80), 9);
    const bucket = bucketOf(OBJECTS.slice(24), 9);
    const listed = async () => {
      const index = memoryObjectStore();
      await loopOf(before, index);
      return index;
    };
    const isTimeUp = stops === "" ? () => () => false : () => timeFor(3);
    const total = counting(await listed());
    await loopOf(bucket, total.counted, NOON + HOUR, isTimeUp);
    const whole = (await loadRoot(total.counted, URL)).root.missed;
    for (let crash = 1; crash <= total.writes.length; crash += 1) {
      const index = await listed();
      await expect(loopOf(bucket, crashing(index, crash), NOON + HOUR, isTimeUp)).rejects.toThrow(
        "the process is gone",
      );
      const isOver = (await loadRoot(index, URL)).root.fullAt === NOON + HOUR;
      if (!isOver) await loopOf(bucket, index, NOON + HOUR, isTimeUp);

      expect((await loadRoot(index, URL)).root.missed, `killed at write ${crash}`).toBe(whole);
    }
    // Six are gone, and ten are new.
    expect(whole).toBe(16);
    expect(total.writes.length).toBeGreaterThan(8);
  });

  it.each([1, 2, 3, 7, 1000])(
    "goes on where it stopped, with pages of %d objects, stopped at any of them",
    async (pageSize) => {
      const bucket = bucketOf([...OBJECTS, ...JUNK], pageSize);
      const { requests: _, ...fresh } = await readBucket({ bucket });
      const pages = Math.ceil((OBJECTS.length + JUNK.length) / pageSize);
      for (let stop = 1; stop <= Math.min(pages, 40); stop += 1) {
        const index = memoryObjectStore();
        let invocations = 0;
        let reading: Awaited<ReturnType<typeof fullListing>>;
        while (reading === undefined) {
          const isTimeUp = timeFor(stop);
          reading = await readIndexed({ bucket, index, listing: "full", now: NOON + invocations, isTimeUp });
          invocations += 1;
          expect(invocations).toBeLessThan(500);
        }
        const { requests: __, index: facts, ...found } = reading;
        expect({ ...found, index: null }).toEqual(fresh);
        expect(facts?.fullAt).toBe(NOON);
      }
    },
  );

  it("is resumed after a crash at any write, and ends with the same index", async () => {
    const bucket = bucketOf([...OBJECTS, ...JUNK], 9);
    const plain = memoryObjectStore();
    const total = counting(plain);
    await loopOf(bucket, total.counted);
    const expected = await stored(plain);
    for (let crash = 1; crash <= total.writes.length; crash += 1) {
      const index = memoryObjectStore();
      await expect(loopOf(bucket, crashing(index, crash))).rejects.toThrow("the process is gone");
      await loopOf(bucket, index);
      expect(await stored(index)).toEqual(expected);
    }
  });
});

describe("a full listing that is stopped for good", () => {
  const bucket = bucketOf([...OBJECTS, ...JUNK], 9);
  const sizes = { ...SHARD_SIZES, recent: 300, old: 300, windowBlocks: 4 };

  /** Stopped at the n-th object that it reads, it writes what it has read; what another one has left to read. */
  async function stoppedAt(reads: number, index: ObjectStore) {
    const stop = new AbortController();
    let read = 0;
    const stopping: Bucket = {
      ...bucket,
      get: (key, most) => {
        read += 1;
        if (read === reads) stop.abort(new RetryableError("the person said so", { remedy: "Ask." }));
        return bucket.get(key, most);
      },
    };
    const loaded = await loadIndex(indexPlace(index, URL));
    const options = { bucket: stopping, listing: "full", now: NOON, sizes, signal: stop.signal } as const;
    await expect(refreshIndex(loaded, options)).rejects.toThrow("the person said so");
    const rest = await fullListing(bucket, index, NOON + HOUR);
    return { read, rest };
  }

  it.each([1, 2, 17, 59, 60])("keeps all that it has read, and is no listing: stopped at read %d", async (reads) => {
    const index = memoryObjectStore();
    const { blocks } = await readBucket({ bucket });
    const { read, rest } = await stoppedAt(reads, index);

    expect(read).toBeGreaterThanOrEqual(reads);
    expect(rest?.requests.get).toBe(60 - read);
    expect(rest?.blocks).toEqual(blocks);
    expect(rest?.index).toEqual({ listedAt: NOON + HOUR, fullAt: NOON + HOUR, missed: null });
  });

  it("keeps what each of its windows has read, and counts once what events had missed", async () => {
    const index = memoryObjectStore();
    await loopOf(bucket, index);
    // Another etag for each meta.json: all of them are read anew.
    const again = OBJECTS.map((entry) => ({ ...entry, etag: `${entry.etag} again` }));
    const changed = { ...bucket, list: bucketOf([...again, ...JUNK], 9).list };
    const stop = new AbortController();
    let read = 0;
    const stopping: Bucket = {
      ...changed,
      get: async (key, most) => {
        read += 1;
        if (read > 20) stop.abort(new RetryableError("the person said so", { remedy: "Ask." }));
        return bucket.get(key, most);
      },
    };
    const options = { bucket: stopping, listing: "full", now: NOON + HOUR, sizes, signal: stop.signal } as const;
    await expect(refreshIndex(await loadIndex(indexPlace(index, URL)), options)).rejects.toThrow("the person said so");
    const rest = await fullListing(changed, index, NOON + 2 * HOUR);

    expect(read).toBeGreaterThan(20);
    expect(rest?.requests.get).toBe(60 - read);
    expect(rest?.index?.missed).toBe(30);
  });
});

/** Time is up at the `pages`-th question. */
function timeFor(pages: number): () => boolean {
  let left = pages;
  return () => {
    left -= 1;
    return left <= 0;
  };
}

/** Listings in steps of few blocks, until one reaches its end. */
async function loopOf(
  bucket: Bucket,
  index: ObjectStore,
  now = NOON,
  time: () => () => boolean = () => timeFor(3),
): Promise<void> {
  for (;;) {
    const loaded = await loadIndex(indexPlace(index, URL));
    const sizes = { ...SHARD_SIZES, recent: 300, old: 300, windowBlocks: 4 };
    const options = { bucket, listing: "full", now, sizes, isTimeUp: time() } as const;
    const after = await refreshIndex(loaded, options);
    if (after.root.progress === null) return;
  }
}

function crashing(store: ObjectStore, at: number): ObjectStore {
  let writes = 0;
  return {
    ...store,
    write: async (...given) => {
      writes += 1;
      if (writes < at) return store.write(...given);
      // The write itself may or may not have been done.
      if (at % 2 === 0) await store.write(...given);
      throw new RetryableError("the process is gone", { remedy: "Start it again." });
    },
  };
}

function failingAfter(bucket: Bucket, pages: number): Bucket {
  return {
    ...bucket,
    async *list(options) {
      let left = pages;
      for await (const page of bucket.list(options)) {
        if (left === 0) throw new RetryableError("the wire is cut", { remedy: "Wait." });
        left -= 1;
        yield page;
      }
    },
  };
}

describe("a tick", () => {
  it("takes everything from the index, and asks the bucket nothing", async () => {
    const index = memoryObjectStore();
    const full = await fullListing(bucketOf([...OBJECTS, ...JUNK]), index);
    const tick = await readIndex({ index, url: URL });

    expect(tick).toEqual({ ...full, requests: { list: 0, get: 0 } });
  });

  it("says nothing before the first full listing", async () => {
    const index = memoryObjectStore();
    expect(await readIndex({ index, url: URL })).toBeUndefined();
    await indexBlocks({ bucket: bucketOf(OBJECTS), indexes: index, keys: OBJECTS.map(({ key }) => key) });
    expect(await readIndex({ index, url: URL })).toBeUndefined();
  });
});

describe("a listing of the tail", () => {
  const OLD = SPECS.filter(({ max }) => max < NOON - 27 * HOUR);

  it("finds what was made in the last 26 hours, and keeps the rest as it was", async () => {
    const index = memoryObjectStore();
    await fullListing(bucketOf(OBJECTS.slice(0, -8)), index);
    const listed: ObjectEntry[] = [];
    const bucket = watched(bucketOf([...OBJECTS.slice(4), ...JUNK], 10), listed);
    const tail = await readIndexed({ bucket, index, listing: "due", now: NOON + HOUR });

    expect(tail?.blocks.map(({ ulid }) => ulid)).toEqual(SPECS.map(ulidOf));
    expect(tail?.index).toEqual({ listedAt: NOON + HOUR, fullAt: NOON, missed: null });
    expect(listed.some(({ key }) => key.startsWith(ulidOf(OLD.at(-1) ?? { min: 0, max: 0 })))).toBe(false);
  });

  it("becomes a full listing where there is no whole index", async () => {
    const index = memoryObjectStore();
    expect((await readIndexed({ bucket: bucketOf(OBJECTS), index, listing: "due", now: NOON }))?.blocks).toHaveLength(
      30,
    );
  });

  it("goes on with a full listing that had not the time", async () => {
    const index = memoryObjectStore();
    await fullListing(bucketOf(OBJECTS, 10), index);
    await readIndexed({
      bucket: bucketOf(OBJECTS, 10),
      index,
      listing: "full",
      now: NOON,
      isTimeUp: timeFor(2),
    });
    const { progress } = (await loadRoot(index, URL)).root;
    const isTimeUp = () => false;
    await readIndexed({ bucket: bucketOf(OBJECTS, 10), index, listing: "due", now: NOON + HOUR, isTimeUp });

    expect(progress?.after).not.toBe("");
    expect((await loadRoot(index, URL)).root).toMatchObject({ progress: null, fullAt: NOON, listedAt: NOON + HOUR });
  });
});

function watched(bucket: Bucket, listed: ObjectEntry[]): Bucket {
  return {
    ...bucket,
    async *list(options) {
      for await (const page of bucket.list(options)) {
        listed.push(...page);
        yield page;
      }
    },
  };
}

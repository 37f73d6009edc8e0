import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Block } from "#blocks/block/block";
import type { Bucket } from "#blocks/bucket/bucket";
import { cutsOf } from "#blocks/index/lanes";
import { readWindow } from "#blocks/index/window";
import { readBucket } from "#blocks/read-bucket";
import { RetryableError } from "#fleet/errors";
import { at, blockObjects, bucketOf, headBlocks, object, ulidOf } from "#test/packages/blocks/factory";

const NOON = at("2026-11-20T12:00:00Z");
const SPECS = headBlocks(NOON, 12, { markedAt: NOON });
const ULIDS = SPECS.map(ulidOf);
const BLOCK_OBJECTS = SPECS.flatMap(blockObjects);
const JUNK = [object("0-first", 7, NOON), object("debug/x.json", 3, NOON), object("thanos.shipper.json", 9, NOON)];
const OBJECTS = [...BLOCK_OBJECTS, ...JUNK];

interface Limits {
  readonly most?: number;
  readonly isTimeUp?: () => boolean;
  readonly from?: string;
  readonly signal?: AbortSignal;
}

function read(bucket: Bucket, cuts: readonly string[], limits: Limits = {}) {
  const { most = 1_000, isTimeUp = () => false, from = "", signal } = limits;
  const window = { from, to: null };
  const told = { onObjects: () => undefined, onBlocks: () => undefined };
  return readWindow({ ...{ bucket, window, cuts, known: new Map<string, Block>(), most, isTimeUp, signal }, ...told });
}

/** Time is up at the `pages`-th question. */
function timeFor(pages: number): () => boolean {
  let left = pages;
  return () => {
    left -= 1;
    return left <= 0;
  };
}

const Cuts = fc.subarray(ULIDS);
const PageSize = fc.constantFrom(1, 2, 3, 7, 1_000);

describe("a window that is listed in lanes", () => {
  it("holds what one listing finds, wherever it is cut", async () => {
    // An object whose key is just that of a cut is beside the blocks.
    const all = [...OBJECTS, object(ULIDS[5] ?? "", 5, NOON)];
    const { blocks, objects, bytes, foreign } = await readBucket({ bucket: bucketOf(all) });
    await fc.assert(
      fc.asyncProperty(Cuts, PageSize, async (cuts, pageSize) => {
        const { beside, ...reading } = await read(bucketOf(all, pageSize), cuts);

        expect(reading).toEqual({ window: { from: "", to: null }, blocks, isStopped: false });
        const files = blocks.flatMap((block) => [...block.files.values()]);
        const size = files.reduce((sum, file) => sum + file.size, 0);
        expect([beside.objects + files.length, beside.bytes + size]).toEqual([objects, bytes]);
        expect(beside.foreign).toEqual(foreign);
      }),
      { numRuns: 100 },
    );
  });

  it("goes on where it stopped, whether time was up or there was too much for one step", async () => {
    const { blocks } = await readBucket({ bucket: bucketOf(OBJECTS) });
    const Most = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(Cuts, PageSize, Most, Most, async (cuts, pageSize, most, pages) => {
        const bucket = bucketOf(OBJECTS, pageSize);
        const found: Block[] = [];
        let beside = 0;
        for (let from: string | null = ""; from !== null; ) {
          const reading = await read(bucket, cuts, { most, isTimeUp: timeFor(pages), from });
          expect(reading.window.to === null || reading.window.to > from).toBe(true);
          found.push(...reading.blocks);
          beside += reading.beside.objects;
          from = reading.window.to;
        }
        expect(found).toEqual(blocks);
        expect(beside).toBe(JUNK.length);
      }),
      { numRuns: 100 },
    );
  });

  it("asks for the first page of each lane before any has come", async () => {
    const bucket = bucketOf(OBJECTS, 4);
    const all = Promise.withResolvers<void>();
    const begun: string[] = [];
    const waiting: Bucket = {
      ...bucket,
      async *list(options = {}) {
        begun.push(options.startAfter ?? "");
        if (begun.length === 4) all.resolve();
        await all.promise;
        yield* bucket.list(options);
      },
    };
    const cuts = [ULIDS[2] ?? "", ULIDS[5] ?? "", ULIDS[9] ?? ""];
    expect((await read(waiting, cuts)).blocks).toHaveLength(ULIDS.length);
    expect(begun).toEqual(["", ...cuts]);
  });

  it.each([0, 1, 2, 3])("is not known where a page of lane %i fails, however far the others are", async (failing) => {
    const bucket = bucketOf(OBJECTS, 4);
    const cuts = [ULIDS[2] ?? "", ULIDS[5] ?? "", ULIDS[9] ?? ""];
    for (const pages of [0, 1]) {
      const broken: Bucket = {
        ...bucket,
        async *list(options = {}) {
          const isIt = (options.startAfter ?? "") === ["", ...cuts][failing];
          let left = pages;
          for await (const page of bucket.list(options)) {
            if (isIt && left === 0) throw new RetryableError("the wire is cut", { remedy: "Wait." });
            left -= 1;
            yield page;
          }
        },
        // The first lane is still being read when a later one fails.
        get: async (...asked) => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          return bucket.get(...asked);
        },
      };
      await expect(read(broken, cuts)).rejects.toThrow("the wire is cut");
    }
  });

  it("reads nothing more of what is listed once the signal is given", async () => {
    const stop = new AbortController();
    const bucket = bucketOf(BLOCK_OBJECTS, 5);
    const stopping: Bucket = {
      ...bucket,
      get: (key, most) => {
        stop.abort();
        return bucket.get(key, most);
      },
    };
    const { blocks, isStopped, window } = await read(stopping, [ULIDS[4] ?? ""], { signal: stop.signal });
    expect(isStopped).toBe(true);
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.length).toBeLessThan(ULIDS.length);
    expect(window).toEqual({ from: "", to: ULIDS[blocks.length] });
    expect(blocks.map(({ ulid }) => ulid)).toEqual(ULIDS.slice(0, blocks.length));
  });
});

describe("cutsOf", () => {
  const blocksOf = (files: readonly number[]): readonly Block[] =>
    files.map((count, at) => ({
      ulid: String(at).padStart(26, "0"),
      files: new Map(
        Array.from({ length: count }, (_, file) => [
          `${file}`,
          { size: 1, lastModified: 0, etag: "", storageClass: "STANDARD" },
        ]),
      ),
      state: { kind: "absent" },
      ...{ deletionMark: undefined, noCompactMark: undefined, noDownsampleMark: undefined, refusedMarks: [] },
    }));
  const lanesOf = (files: readonly number[]): readonly number[] => {
    const blocks = blocksOf(files);
    const cuts = cutsOf(blocks);
    return ["", ...cuts].map((from, lane) => {
      const to = cuts[lane] ?? "~";
      return blocks.filter(({ ulid }) => ulid >= from && ulid < to).reduce((sum, block) => sum + block.files.size, 0);
    });
  };

  it.each([
    ["nothing", [], [0]],
    ["what a page has room for", Array(100).fill(4), [400]],
    ["five pages", Array(1_100).fill(4), [944, 952, 952, 952, 600]],
    ["one huge block", [5_000], [5_000]],
    ["two of them", [2_000, 2_000], [2_000, 2_000]],
    ["eighty pages", Array(20_000).fill(4), [9_400, ...Array(7).fill(10_000), 600]],
  ])("makes lanes of %s", (_, files, lanes) => {
    expect(lanesOf(files)).toEqual(lanes);
  });
});

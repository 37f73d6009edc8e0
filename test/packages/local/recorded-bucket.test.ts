import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compareKeys } from "#blocks/bucket/listing";
import { bucketOfRecording, materialise, type RecordedObject, readRecording } from "#local/recorded-bucket";
import { defineBucketContract, MODIFIED } from "#test/contracts/bucket";
import { expectedOf, RECORDED_BUCKETS, recordedBucket, recordingOf } from "#test/factories/recorded-bucket";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

describe.each(RECORDED_BUCKETS)("the recorded bucket %s", (name) => {
  it("has the objects and bytes that its expectation counts, in key order", async () => {
    const objects = await readRecording(recordingOf(name));
    const { stats } = await expectedOf(name);
    expect(objects).toHaveLength(stats.objects);
    expect(objects.reduce((sum, { size }) => sum + size, 0)).toBe(stats.bytes);
    expect(objects.filter(({ content }) => content !== undefined)).toHaveLength(stats.metas);
    expect(objects.map(({ key }) => key)).toEqual(objects.map(({ key }) => key).toSorted(compareKeys));
  });

  it("has contents of the recorded size and MD5", async () => {
    for (const { content, size, etag } of await readRecording(recordingOf(name))) {
      if (content === undefined) continue;
      expect(content.byteLength).toBe(size);
      expect(createHash("md5").update(content).digest("hex")).toBe(etag);
    }
  });
});

describe("recordedBucket", () => {
  it("answers an object without recorded content with zero bytes", async () => {
    const bucket = await recordedBucket("healthy");
    const bytes = await bucket.get("01M5H1WBY4F9WCTGVSZ1DENYKS/index", 20_000);
    expect(bytes).toEqual(new Uint8Array(17_191));
  });
});

describe("materialise", () => {
  it("writes every object with its recorded size, time and content, once", async () => {
    const target = join(scratch, "late");
    expect(await materialise(recordingOf("late"), target)).toBe(858);
    for (const { key, size, lastModified, content } of await readRecording(recordingOf("late"))) {
      const file = await stat(join(target, key));
      expect([file.size, file.mtimeMs]).toEqual([size, lastModified]);
      if (content !== undefined) expect(await readFile(join(target, key))).toEqual(content);
    }
    expect(await materialise(recordingOf("late"), target)).toBe(0);
  });

  it("names the file when there is no recording", async () => {
    await expect(materialise(join(scratch, "none"), scratch)).rejects.toThrow(/none.objects\.jsonl\.gz/);
  });
});

defineBucketContract("a recording in memory", async (objects, pageSize = 1000) => {
  const recorded = Object.entries(objects).map(([key, text]): RecordedObject => {
    const content = Buffer.from(text);
    return { key, size: content.byteLength, lastModified: MODIFIED, storageClass: "STANDARD", etag: "e", content };
  });
  return bucketOfRecording(
    recorded.toSorted((a, b) => compareKeys(a.key, b.key)),
    { url: "memory", pageSize },
  );
});

import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateMultipartUploadCommand, DeleteObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import { s3Bucket } from "#aws/s3-bucket";
import { compareKeys } from "#blocks/bucket/listing";
import { defineBucketContract, keysOf } from "#test/contracts/bucket";
import { type FreshBucket, freshBucket, type S3On } from "#test/real/servers/buckets";
import { type Meddle, meddlingProxy, type UpstreamAnswer } from "#test/real/servers/meddler";

const KEYS = ["a", "b", "c", "d", "e", "f", "g"];

async function filled(on: S3On, keys: readonly string[] = KEYS): Promise<FreshBucket> {
  const bucket = await freshBucket(on);
  await bucket.fill(Object.fromEntries(keys.map((key) => [key, key])));
  return bucket;
}

/** The bucket behind a proxy that meddles with the answers, in pages of two keys. */
async function meddledWith(on: S3On, meddle: Meddle) {
  const { url, options } = await filled(on);
  const proxy = await meddlingProxy(options.endpoint, meddle);
  onTestFinished(() => proxy.close());
  return s3Bucket(url, { ...options, endpoint: proxy.url, pageSize: 2 });
}

describe.each<S3On>(["ministack", "moto", "versitygw"])("on %s", (on) => {
  defineBucketContract(
    "s3Bucket",
    async (objects, pageSize) => {
      const { url, options, fill } = await freshBucket(on);
      await fill(objects);
      return s3Bucket(url, { ...options, ...(pageSize === undefined ? {} : { pageSize }) });
    },
    "now",
  );

  it("tells which multipart uploads have not ended", async () => {
    const { url, options, client, name } = await filled(on);
    const begun = Math.floor(Date.now() / 1000) * 1000;
    await client.send(new CreateMultipartUploadCommand({ Bucket: name, Key: "block/chunks/000001" }));

    const [upload, ...more] = (await s3Bucket(url, options).incompleteUploads?.(10)) ?? [];
    expect([upload?.key, more]).toEqual(["block/chunks/000001", []]);
    expect(upload?.initiated).toBeGreaterThanOrEqual(begun);
    expect(upload?.initiated).toBeLessThanOrEqual(Date.now());
    expect(await s3Bucket(`${url}/other`, options).incompleteUploads?.(10)).toEqual([]);
  });

  it("is asked once for each object, with a signature that it takes, whatever is in the keys", async () => {
    const keys = ["plain", "of two/parts and spaces", "a+b=c&d", "(it's)!*~", "größe/日本", "100%25"];
    const { url, options } = await filled(on, keys);
    const statuses: number[] = [];
    const proxy = await meddlingProxy(options.endpoint, (answer) => {
      statuses.push(answer.status);
      return answer;
    });
    onTestFinished(() => proxy.close());
    const bucket = s3Bucket(url, { ...options, endpoint: proxy.url });

    for (const key of keys) expect(Buffer.from((await bucket.get(key, 100)) ?? []).toString()).toBe(key);
    expect(statuses).toEqual(keys.map(() => 200));
  });

  describe("a listing", () => {
    it("asks once for each page, with a signature that is taken, whatever it is continued after", async () => {
      const keys = ["a b/c+d", "größe/日本", "x=1&y=2", "~(it's)!*"];
      const { url, options } = await filled(on, keys);
      const statuses: number[] = [];
      const proxy = await meddlingProxy(options.endpoint, (answer) => {
        statuses.push(answer.status);
        return answer;
      });
      onTestFinished(() => proxy.close());
      const bucket = s3Bucket(url, { ...options, endpoint: proxy.url, pageSize: 2 });
      const inOrder = keys.toSorted(compareKeys);

      expect(await keysOf(bucket)).toEqual(inOrder);
      for (const [at, startAfter] of inOrder.slice(1).entries())
        expect(await keysOf(bucket, { startAfter })).toEqual(inOrder.slice(at + 2));
      expect(statuses).toEqual(Array(2 + 1 + 1 + 1).fill(200));
    });

    it("goes on from its token though what it stood on is gone, and sees what came behind it", async () => {
      const { url, options, client, name, fill } = await filled(on);
      const seen: string[] = [];
      for await (const page of s3Bucket(url, { ...options, pageSize: 2 }).list()) {
        seen.push(...page.map(({ key }) => key));
        if (seen.length > 2) continue;
        for (const Key of ["b", "c"]) await client.send(new DeleteObjectCommand({ Bucket: name, Key }));
        await fill({ a2: "before", d2: "behind" });
      }
      expect(seen).toEqual(["a", "b", "d", "d2", "e", "f", "g"]);
    });

    it("throws when a later page is cut off half way, and never ends quietly", async () => {
      const bucket = await meddledWith(on, (answer, nth) =>
        nth === 0 ? answer : { ...answer, cutAfter: Math.floor(answer.body.byteLength / 2) },
      );
      const seen: string[] = [];
      const listing = (async () => {
        for await (const page of bucket.list()) seen.push(...page.map(({ key }) => key));
      })();
      await expect(listing).rejects.toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
      expect(seen).toEqual(["a", "b"]);
    });

    it("throws when a stale token brings an earlier page again", async () => {
      const answers: UpstreamAnswer[] = [];
      const bucket = await meddledWith(on, (answer, nth) => {
        answers.push(answer);
        return nth === 2 ? (answers[1] ?? answer) : answer;
      });
      await expect(keysOf(bucket)).rejects.toMatchObject({ name: "TerminalError", reason: "list-malformed" });
    });
  });
});

describe("a listing in pages of a thousand, as many as S3 gives", () => {
  it("tells the first key of the second page, on ministack", async () => {
    const keys = Array.from({ length: 1001 }, (_, i) => `block-${String(i).padStart(4, "0")}/meta.json`);
    const { url, options } = await filled("ministack", keys);
    const pages = await Array.fromAsync(s3Bucket(url, options).list());
    expect(pages.map((page) => page.length)).toEqual([1000, 1]);
    expect(pages.flat().map(({ key }) => key)).toEqual(keys);
  });

  it("tells each of 100,000 objects once and in order, on versitygw", async () => {
    const { name, url, options } = await freshBucket("versitygw");
    const folder = join(inject("versitygw").folder, name);
    const blocks = Array.from({ length: 100 }, (_, i) => `01J${String(i).padStart(23, "0")}`);
    const files = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(6, "0"));
    await writeBlocks(folder, blocks, files);

    const pages = await Array.fromAsync(s3Bucket(url, options).list());

    expect(pages.every((page) => page.length === 1000)).toBe(true);
    expect(pages.flat().map(({ key }) => key)).toEqual(
      blocks.flatMap((block) => files.map((file) => `${block}/${file}`)),
    );
    await rm(folder, { recursive: true });
  }, 240_000);
});

/**
 * Into the server's own folder, since through S3 it would take minutes. The blocks after the first are links to its files:
 * some file systems need a minute for so many new ones.
 */
async function writeBlocks(folder: string, blocks: readonly string[], files: readonly string[]): Promise<void> {
  const [first = "", ...others] = blocks.map((block) => join(folder, block));
  await mkdir(first);
  for (const file of files) await writeFile(join(first, file), "");
  for (const block of others) {
    await mkdir(block);
    for (const file of files) await link(join(first, file), join(block, file));
  }
}

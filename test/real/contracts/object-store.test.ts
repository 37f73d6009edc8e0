import { gzipSync } from "node:zlib";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { s3ObjectStore } from "#aws/s3-object-store";
import { defineObjectStoreContract, defineObjectStoreWrites } from "#test/contracts/object-store";
import { freshBucket, type S3On } from "#test/real/servers/buckets";

describe.each<S3On>(["ministack", "moto", "versitygw"])("on %s", (on) => {
  // moto looks at the condition and writes in two steps that its threads mix up: now and then two racing writers win.
  const define = on === "moto" ? defineObjectStoreWrites : defineObjectStoreContract;
  define("s3ObjectStore", async () => {
    const { url, options } = await freshBucket(on);
    return s3ObjectStore(`${url}/musterbook`, options);
  });

  it("s3ObjectStore, as a server of files, tells what they are, and gives a compressed one as it was written", async () => {
    const { url, options, client, name: Bucket } = await freshBucket(on);
    const store = s3ObjectStore(url, options);
    const told = async (Key: string) => {
      const { ContentType, ContentEncoding } = await client.send(new HeadObjectCommand({ Bucket, Key }));
      return [ContentType, ContentEncoding];
    };
    const compressed = gzipSync("{}");
    await store.write("report.json", compressed, null);
    await store.write("metrics.prom", "# EOF\n", null);

    expect(await told("report.json")).toEqual(["application/json", "gzip"]);
    expect(await told("metrics.prom")).toEqual([
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
      undefined,
    ]);
    expect([...((await store.read("report.json"))?.bytes ?? [])]).toEqual([...compressed]);
  });

  describe("a server of S3", () => {
    /** The status of each request: what the adapter decides by. */
    const statusOf = (answer: Promise<{ $metadata: { httpStatusCode?: number } }>) =>
      answer.then(
        ({ $metadata }) => $metadata.httpStatusCode,
        (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode,
      );

    it("answers 412 to a write over another version, and 404 where there is none", async () => {
      const { client, name } = await freshBucket(on);
      const put = (Key: string, Body: string, condition: { IfMatch?: string; IfNoneMatch?: string }) =>
        client.send(new PutObjectCommand({ Bucket: name, Key, Body, ...condition }));
      const { ETag = "" } = await put("a", "1", { IfNoneMatch: "*" });
      expect(await statusOf(put("a", "2", { IfNoneMatch: "*" }))).toBe(412);
      expect(await statusOf(put("a", "2", { IfMatch: ETag }))).toBe(200);
      expect(await statusOf(put("a", "3", { IfMatch: ETag }))).toBe(412);
      expect(await statusOf(put("b", "1", { IfMatch: ETag }))).toBe(404);
    });

    it("names the content by the ETag", async () => {
      const { client, name } = await freshBucket(on);
      const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket: name, Key, Body }));
      const [first, second, other] = [await put("a", "1"), await put("b", "1"), await put("c", "2")];
      expect(second.ETag).toBe(first.ETag);
      expect(other.ETag).not.toBe(first.ETag);
    });

    it("deletes only the version that is named", async () => {
      const { client, name } = await freshBucket(on);
      const { ETag = "" } = await client.send(new PutObjectCommand({ Bucket: name, Key: "a", Body: "1" }));
      const remove = (IfMatch: string) => client.send(new DeleteObjectCommand({ Bucket: name, Key: "a", IfMatch }));
      expect(await statusOf(remove('"c81e728d9d4c2f636f067f89cc14862c"'))).toBe(412);
      expect(await statusOf(remove(ETag))).toBe(204);
    });
  });
});

import fc from "fast-check";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { s3Bucket } from "#aws/s3-bucket";
import { pageOfXml } from "#aws/s3-page-xml";
import type { Bucket } from "#blocks/bucket/bucket";
import { compareKeys } from "#blocks/bucket/listing";
import { fakeS3, s3Fault, s3Page } from "#test/fakes/s3-server";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  return () => vi.unstubAllEnvs();
});

const KEY = "<Key>01A/meta.json</Key>";
const TIME = "<LastModified>2026-11-20T13:00:00.000Z</LastModified>";
const SIZE = "<Size>7</Size>";
const ETAG = "<ETag>&quot;abc&quot;</ETag>";

const pageWith = (...objects: readonly string[]) =>
  [
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`,
    "<Name>blocks</Name><Prefix/><StartAfter></StartAfter><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated>",
    ...objects.map((object) => `<Contents>${object}</Contents>`),
    "</ListBucketResult>",
  ].join("");

/** What is listed of an answer by the SDK, what without it, and how often that asked. */
async function listedTwice(body: string) {
  const plain = { status: 200, body: pageWith() };
  const server = await fakeS3({
    ...{ buckets: {}, lastModified: 0 },
    intercept: ({ before }) => (before === 0 ? plain : { status: 200, body }),
  });
  onTestFinished(() => server.close());
  const bucket = () => s3Bucket("s3://blocks", { endpoint: server.endpoint });
  const list = (from: Bucket) => Array.fromAsync(from.list()).catch((error: unknown) => String(error));
  const known = bucket();
  await list(known);
  const bySdk = await list(bucket());
  const before = server.requests.length;
  const again = await list(known);
  return { bySdk, again, asked: server.requests.length - before };
}

describe("a page of S3", () => {
  it.each([
    ["as S3 writes it", pageWith(`${KEY}${TIME}${ETAG}${SIZE}<StorageClass>GLACIER</StorageClass>`)],
    ["as versitygw writes it", pageWith(`${TIME}<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>${SIZE}${KEY}`)],
    ["with numbers for characters", pageWith(`<Key>a&#38;b&#x65e5;</Key>${TIME}<ETag>&#34;x&#34;</ETag>${SIZE}`)],
    ["with an owner", pageWith(`${KEY + TIME + SIZE}<Owner><ID>1</ID><DisplayName>x</DisplayName></Owner>`)],
    ["with elements that are empty", pageWith(`${KEY + TIME + SIZE}<ETag/><StorageClass></StorageClass>`)],
    ["in lines", pageWith(`\n  ${KEY}\n  ${TIME}\n  ${SIZE}\n`).replaceAll("<Contents>", "\n<Contents>")],
    ["with spaces in a key", pageWith(`<Key> a  b </Key>${TIME}${SIZE}`)],
    ["with whole seconds", pageWith(`${KEY}<LastModified>2026-11-20T13:00:00Z</LastModified>${SIZE}`)],
    ["with a space in what is empty", pageWith(`${KEY + TIME + SIZE}<ETag />`).replace("<Prefix/>", "<Prefix />")],
    ["without an object", pageWith()],
    ["without a declaration", pageWith(KEY + TIME + SIZE).replace(/^<\?.*\?>\n/, "")],
  ])("is read as the SDK reads it: %s", async (_, body) => {
    const { bySdk, again, asked } = await listedTwice(body);
    expect(again).toEqual(bySdk);
    expect(asked).toBe(1);
  });

  it.each([
    ["with a comment", pageWith(`${KEY + TIME + SIZE}<!-- no -->`)],
    ["with an attribute", pageWith(KEY + TIME + SIZE).replace("<Key>", '<Key xml:space="preserve">')],
    ["with another way to write text", pageWith(`<Key><![CDATA[01A/meta.json]]></Key>${TIME}${SIZE}`)],
    ["with line ends of another kind", pageWith(KEY + TIME + SIZE).replace("\n", "\r\n")],
    ["with a time that is finer", pageWith(`${KEY}<LastModified>2026-11-20T13:00:00.1239Z</LastModified>${SIZE}`)],
    ["with two keys of one object", pageWith(KEY + KEY + TIME + SIZE)],
    ["with a size that is none", pageWith(`${KEY + TIME}<Size>many</Size>`)],
    ["without a size", pageWith(KEY + TIME)],
    ["with an entity of its own", pageWith(`<Key>&own;</Key>${TIME}${SIZE}`)],
    ["with an end that is missing", pageWith(KEY + TIME + SIZE).replace("</ListBucketResult>", "")],
    ["with something behind its end", `${pageWith(KEY + TIME + SIZE)}<More></More>`],
    ["that is another document", "<html><body>Please log in</body></html>"],
    ["that is empty", ""],
  ])("is asked of the SDK where it is written otherwise: %s", async (_, body) => {
    const { bySdk, again, asked } = await listedTwice(body);
    expect(again).toEqual(bySdk);
    expect(asked).toBe(2);
  });

  it("has every key that there can be, as it was written", () => {
    const keys = fc.uniqueArray(fc.string({ minLength: 1, unit: "grapheme" }), { maxLength: 5 });
    fc.assert(
      fc.property(keys, fc.boolean(), (all, truncated) => {
        const objects = all.map((key) => ({ key, size: key.length, modified: 0 }));
        const xml = s3Page({ bucket: "blocks", truncated, next: "a&b", objects });
        const page = pageOfXml(xml);
        if (xml.includes("\r")) expect(page).toBeUndefined();
        else {
          expect(page?.Contents).toMatchObject(all.map((key) => ({ Key: key, Size: String(key.length) })));
          expect(page).toMatchObject({ IsTruncated: String(truncated), NextContinuationToken: "a&b" });
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  it("is nothing where it was cut, wherever", () => {
    const xml = pageWith(KEY + TIME + ETAG + SIZE);
    for (let length = 0; length < xml.length; length += 1) expect(pageOfXml(xml.slice(0, length))).toBeUndefined();
    expect(pageOfXml(xml)).toBeDefined();
  });
});

describe("the pages of a listing", () => {
  const keys = Array.from({ length: 9 }, (_, at) => `k${at}`);
  const objects = Object.fromEntries(keys.map((key) => [key, key]));

  it("are asked for once each, by the SDK and then without it, in the same words", async () => {
    const queries: string[] = [];
    const server = await fakeS3({
      ...{ buckets: { blocks: objects }, lastModified: 0 },
      intercept: ({ query }) => {
        queries.push(
          [...query]
            .map(([name, value]) => `${name}=${value}`)
            .sort(compareKeys)
            .join("&"),
        );
        return undefined;
      },
    });
    onTestFinished(() => server.close());
    const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint, pageSize: 4 });
    const list = () => Array.fromAsync(bucket.list({ startAfter: "k0", prefix: "k" }));

    const first = await list();
    const bySdk = queries.splice(0);
    expect(await list()).toEqual(first);
    expect(bySdk).toHaveLength(2);
    expect(queries).toEqual(bySdk);
  });

  it("are all there where the server is busy at any of them", async () => {
    for (let busyAt = 0; busyAt < 6; busyAt += 1) {
      const server = await fakeS3({
        ...{ buckets: { blocks: objects }, lastModified: 0 },
        intercept: ({ before }) => (before === busyAt ? s3Fault(503, "SlowDown") : undefined),
      });
      onTestFinished(() => server.close());
      const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint, pageSize: 2 });

      expect((await Array.fromAsync(bucket.list())).flat().map(({ key }) => key)).toEqual(keys);
    }
  });

  it("are asked of the SDK alone once one of them was written otherwise", async () => {
    const server = await fakeS3({
      ...{ buckets: { blocks: objects }, lastModified: 0 },
      replace: (_, right) => ({ ...right, body: String(right.body).replace("<Name>", "<!-- --><Name>") }),
    });
    onTestFinished(() => server.close());
    const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint, pageSize: 2 });

    expect((await Array.fromAsync(bucket.list())).flat().map(({ key }) => key)).toEqual(keys);
    expect(server.requests).toHaveLength(5 + 1);
  });
});

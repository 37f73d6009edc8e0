import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { s3Bucket } from "#aws/s3-bucket";
import type { Bucket } from "#blocks/bucket/bucket";
import { defineBucketContract, keysOf, MODIFIED } from "#test/contracts/bucket";
import type { HttpAnswer } from "#test/fakes/http-server";
import { type FakeS3, type FakeS3Options, fakeS3, s3Fault, s3Page } from "#test/fakes/s3-server";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  return () => vi.unstubAllEnvs();
});

const OBJECTS = { "a/1": "one", "a/2": "two", "b/1": "three", "b/2": "four", "c/1": "five" };

async function served(options: Partial<FakeS3Options> = {}): Promise<FakeS3> {
  const server = await fakeS3({ buckets: { blocks: OBJECTS }, lastModified: MODIFIED, ...options });
  onTestFinished(() => server.close());
  return server;
}

async function answering(intercept: FakeS3Options["intercept"]): Promise<Bucket> {
  const { endpoint } = await served(intercept ? { intercept } : {});
  return s3Bucket("s3://blocks", { endpoint, pageSize: 2 });
}

defineBucketContract("S3", async (objects, pageSize) => {
  const { endpoint } = await served({ buckets: { blocks: objects } });
  return s3Bucket("s3://blocks", { endpoint, ...(pageSize === undefined ? {} : { pageSize }) });
});

defineBucketContract("a prefix in S3", async (objects, pageSize) => {
  const below = Object.fromEntries(Object.entries(objects).map(([key, text]) => [`team/eu/${key}`, text]));
  const { endpoint } = await served({
    buckets: { blocks: { ...below, "team/eu": "", "team/eu/": "", "team/europe/x": "" } },
  });
  return s3Bucket("s3://blocks/team/eu", { endpoint, ...(pageSize === undefined ? {} : { pageSize }) });
});

describe("an object of S3", () => {
  const readAll = async (bucket: Bucket) => {
    const read = async (key: string) => Buffer.from((await bucket.get(key, 100)) ?? []).toString();
    const texts: string[] = [];
    for (const key of Object.keys(OBJECTS)) texts.push(await read(key));
    return texts;
  };

  it("is asked for once", async () => {
    const server = await served();

    expect(await readAll(s3Bucket("s3://blocks", { endpoint: server.endpoint }))).toEqual(Object.values(OBJECTS));
    expect(server.requests).toEqual(Object.keys(OBJECTS).map((key) => `GET blocks/${key}`));
  });

  it("is asked for again where the server is busy, at any of them", async () => {
    for (const busyAt of Object.keys(OBJECTS).keys()) {
      const isBusy = ({ before }: { readonly before: number }) => before === busyAt;
      const bucket = await answering((request) => (isBusy(request) ? s3Fault(503, "SlowDown") : undefined));

      expect(await readAll(bucket)).toEqual(Object.values(OBJECTS));
    }
  });
});

describe("a listing of S3", () => {
  it("asks for no more pages than there are", async () => {
    const server = await served();
    await keysOf(s3Bucket("s3://blocks", { endpoint: server.endpoint, pageSize: 2 }));
    expect(server.requests).toHaveLength(3);
  });

  const page = (next: string | undefined, ...keys: string[]): HttpAnswer => ({
    status: 200,
    body: s3Page({
      bucket: "blocks",
      truncated: true,
      next,
      objects: keys.map((key) => ({ key, size: 1, modified: 0 })),
    }),
  });

  it.each([undefined, ""])("throws when a page is truncated without a next token (%j)", async (next) => {
    const bucket = await answering(() => page(next, "a/1", "a/2"));
    await expect(keysOf(bucket)).rejects.toMatchObject({ name: "RetryableError", reason: "list-truncated" });
  });

  it("throws when the next token is the one of the page itself", async () => {
    const bucket = await answering(({ before }) => page("same", `a/${before}`));
    await expect(keysOf(bucket)).rejects.toMatchObject({ name: "RetryableError", reason: "list-truncated" });
  });

  it("throws when a page goes back to keys that were listed", async () => {
    const bucket = await answering(({ before }) => page(`token-${before}`, "a/1", "a/2"));
    await expect(keysOf(bucket)).rejects.toMatchObject({ name: "TerminalError", reason: "list-malformed" });
  });

  it("throws when a server ignores the prefix", async () => {
    const { endpoint } = await served({ intercept: () => page("next", "other/1") });
    await expect(keysOf(s3Bucket("s3://blocks/team", { endpoint }))).rejects.toThrow(/outside of the prefix: other\/1/);
  });

  it("does not take a web page for an empty bucket", async () => {
    const bucket = await answering(() => ({ status: 200, body: "<html><body>Please log in</body></html>" }));
    await expect(keysOf(bucket)).rejects.toMatchObject({ name: "TerminalError", reason: "list-malformed" });
  });

  it("throws when a page is cut off", async () => {
    const bucket = await answering(({ before }) => ({ ...page("next", `a/${before}`), cutAfter: 100 }));
    await expect(keysOf(bucket)).rejects.toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
  });

  it("survives one busy answer", async () => {
    const bucket = await answering(({ before }) => (before === 1 ? s3Fault(503, "SlowDown") : undefined));
    expect(await keysOf(bucket)).toEqual(Object.keys(OBJECTS));
  });

  it("throws when a later page fails for good, and never ends quietly", async () => {
    const bucket = await answering(({ before }) => (before === 0 ? undefined : s3Fault(503, "SlowDown")));
    const pages: number[] = [];
    const listing = (async () => {
      for await (const entries of bucket.list()) pages.push(entries.length);
    })();
    await expect(listing).rejects.toMatchObject({ name: "RetryableError", reason: "s3-busy" });
    expect(pages).toEqual([2]);
  });
});

describe("multipart uploads that have not ended", () => {
  const DAY = 86_400_000;
  const uploads = { "a/1": MODIFIED, "team/1": MODIFIED - DAY, "team/2": MODIFIED - 2 * DAY, "team/3": MODIFIED, z: 0 };

  it("are told by key with their beginning, page by page, below the prefix alone", async () => {
    const server = await served({ uploads });
    const bucket = s3Bucket("s3://blocks/team", { endpoint: server.endpoint, pageSize: 2 });

    expect(await bucket.incompleteUploads?.(10)).toEqual([
      { key: "1", initiated: MODIFIED - DAY },
      { key: "2", initiated: MODIFIED - 2 * DAY },
      { key: "3", initiated: MODIFIED },
    ]);
    expect(server.requests).toEqual(["UPLOADS blocks", "UPLOADS blocks"]);
  });

  it("are asked for no further than is wanted", async () => {
    const server = await served({ uploads });
    const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint, pageSize: 2 });

    expect(await bucket.incompleteUploads?.(1)).toEqual([{ key: "a/1", initiated: MODIFIED }]);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [403, "AccessDenied"],
    [501, "NotImplemented"],
    [503, "SlowDown"],
  ])("are not known where the server answers %i %s", async (status, code) => {
    const bucket = await answering(() => s3Fault(status, code));
    expect(await bucket.incompleteUploads?.(10)).toBeUndefined();
  });

  it("are not known where the answer is none", async () => {
    const bucket = await answering(() => ({ status: 200, body: "<html></html>" }));
    expect((await bucket.incompleteUploads?.(10)) ?? []).toEqual([]);
  });

  it("are an error where nobody answers", async () => {
    const server = await served();
    await server.close();
    const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint });
    await expect(bucket.incompleteUploads?.(10)).rejects.toMatchObject({ reason: "s3-unreachable" });
  });
});

describe("an error of S3", () => {
  it("says that there is no such bucket", async () => {
    const { endpoint } = await served();
    await expect(keysOf(s3Bucket("s3://blokcs", { endpoint }))).rejects.toMatchObject({
      name: "TerminalError",
      reason: "s3-no-bucket",
      message: "cannot list s3://blokcs: the bucket does not exist (NoSuchBucket, us-east-1)",
    });
  });

  it("names the action and the resource that a listing lacks", async () => {
    const bucket = await answering(() => s3Fault(403, "AccessDenied"));
    await expect(keysOf(bucket)).rejects.toMatchObject({
      name: "TerminalError",
      reason: "s3-forbidden",
      message: expect.stringContaining("s3:ListBucket on arn:aws:s3:::blocks is missing"),
    });
  });

  it("names the action and the resource that a read lacks", async () => {
    const bucket = await answering(() => s3Fault(403, "AccessDenied"));
    await expect(bucket.get("a/1", 10)).rejects.toMatchObject({
      reason: "s3-forbidden",
      message: expect.stringContaining("s3:GetObject on arn:aws:s3:::blocks/a/1 is missing"),
      remedy: expect.stringContaining("kms:Decrypt"),
    });
  });

  it.each([
    [403, "", "TerminalError", "s3-forbidden"],
    [404, "<html>not found</html>", "TerminalError", "s3-no-bucket"],
    [500, "oops", "RetryableError", "s3-busy"],
    [418, "", "TerminalError", "s3-refused"],
  ])("goes by the status where the answer has no code (%i)", async (status, body, name, reason) => {
    const bucket = await answering(() => ({ status, body }));
    await expect(keysOf(bucket)).rejects.toMatchObject({ name, reason });
  });

  it.each([
    [403, "InvalidAccessKeyId", "s3-credentials"],
    [403, "SignatureDoesNotMatch", "s3-credentials"],
    [400, "ExpiredToken", "s3-credentials"],
    [400, "AuthorizationHeaderMalformed", "s3-wrong-region"],
    [403, "InvalidObjectState", "s3-archived"],
    [400, "InvalidBucketName", "s3-refused"],
  ])("tells %i %s as %s", async (status, code, reason) => {
    const bucket = await answering(() => s3Fault(status, code));
    await expect(bucket.get("a/1", 10)).rejects.toMatchObject({ name: "TerminalError", reason });
  });

  it("names the right region when S3 tells it", async () => {
    const bucket = await answering(() => s3Fault(301, "PermanentRedirect", { "x-amz-bucket-region": "eu-west-1" }));
    await expect(keysOf(bucket)).rejects.toMatchObject({
      reason: "s3-wrong-region",
      remedy: "Give --region eu-west-1.",
    });
  });

  it("says that nobody answers", async () => {
    const server = await served();
    await server.close();
    const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint });
    await expect(keysOf(bucket)).rejects.toMatchObject({
      name: "RetryableError",
      reason: "s3-unreachable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it("says that there are no credentials", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
    for (const name of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(name, "/nonexistent");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    const { endpoint } = await served();
    const bucket = s3Bucket("s3://blocks", { endpoint });
    await expect(keysOf(bucket)).rejects.toMatchObject({ name: "TerminalError", reason: "s3-credentials" });
  });
});

describe("reading from S3", () => {
  it("finds nothing where there is no object", async () => {
    expect(await (await answering(undefined)).get("a/3", 10)).toBeUndefined();
  });

  it("asks for no key that S3 refuses", async () => {
    const server = await served();
    const bucket = s3Bucket("s3://blocks", { endpoint: server.endpoint });
    expect(await bucket.get("a/../../1", 10)).toBeUndefined();
    expect(server.requests).toEqual([]);
  });

  it("does not take a missing bucket for a missing object", async () => {
    const { endpoint } = await served();
    const bucket = s3Bucket("s3://blokcs", { endpoint });
    await expect(bucket.get("a/1", 10)).rejects.toMatchObject({ reason: "s3-no-bucket" });
  });

  it("refuses a body that is longer than the limit though no length was promised", async () => {
    const bucket = await answering(() => ({
      status: 200,
      body: "x".repeat(1000),
      headers: { "transfer-encoding": "chunked" },
    }));
    await expect(bucket.get("a/1", 10)).rejects.toMatchObject({ reason: "object-too-large", field: "a/1" });
  });

  it("reads a body that is cut off once more", async () => {
    const cut: HttpAnswer = { status: 200, body: "x".repeat(1000), cutAfter: 100 };
    const bucket = await answering(({ before }) => (before === 0 ? cut : undefined));
    expect(await bucket.get("a/1", 2000)).toHaveLength(3);
  });

  it("throws when the body is cut off again", async () => {
    const bucket = await answering(() => ({ status: 200, body: "x".repeat(1000), cutAfter: 100 }));
    await expect(bucket.get("a/1", 2000)).rejects.toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
  });
});

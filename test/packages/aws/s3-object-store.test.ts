import { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { s3ObjectStore } from "#aws/s3-object-store";
import { ConflictError } from "#fleet/errors";
import { defineObjectStoreContract, textIn } from "#test/contracts/object-store";
import type { HttpAnswer } from "#test/fakes/http-server";
import { type FakeS3, type FakeS3Options, fakeS3, s3Fault } from "#test/fakes/s3-server";

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "key");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  return () => vi.unstubAllEnvs();
});

async function served(options: Partial<FakeS3Options> = {}): Promise<FakeS3> {
  const server = await fakeS3({ buckets: { state: {} }, lastModified: 0, ...options });
  onTestFinished(() => server.close());
  return server;
}

async function storeOn(options: Partial<FakeS3Options> = {}) {
  const { endpoint } = await served(options);
  return s3ObjectStore("s3://state/musterbook", { endpoint });
}

/** A second of a socket's silence takes 25 ms until the test is over. Gives the milliseconds that were asked for. */
function shortened(real: Socket["setTimeout"]): readonly number[] {
  const asked: number[] = [];
  const set = vi.spyOn(Socket.prototype, "setTimeout").mockImplementation(function (this: Socket, ms, ...then) {
    asked.push(ms);
    return real.call(this, ms / 40, ...then);
  });
  onTestFinished(() => set.mockRestore());
  return asked;
}

const CUT: HttpAnswer = { status: 200, body: "x".repeat(1000), cutAfter: 100 };

defineObjectStoreContract("S3", () => storeOn());

describe("s3ObjectStore", () => {
  it("keeps its objects below the prefix", async () => {
    const server = await served();
    await s3ObjectStore("s3://state/team/eu", { endpoint: server.endpoint }).write("index/a.json", "{}", null);
    expect(server.requests).toEqual(["PUT state/team/eu/index/a.json"]);
  });

  it.each([
    ["a.json", "{}", "application/json", undefined],
    ["a.json", gzipSync("{}"), "application/json", "gzip"],
    ["a.yaml", "a: 1", "application/yaml", undefined],
    ["a.prom", "# EOF\n", "application/openmetrics-text; version=1.0.0; charset=utf-8", undefined],
    ["a.bin", gzipSync("1"), "application/octet-stream", undefined],
    ["a", "1", "application/octet-stream", undefined],
  ])("says what %s is (%#)", async (key, content, type, encoding) => {
    const seen: unknown[] = [];
    const store = await storeOn({ intercept: ({ content: said }) => void seen.push(said) });
    await store.write(key, content, null);
    expect(seen).toEqual([[type, encoding]]);
  });

  it("sends the version as it came, with its quotes", async () => {
    const seen: unknown[] = [];
    const store = await storeOn({ intercept: ({ ifMatch, ifNoneMatch }) => void seen.push([ifMatch, ifNoneMatch]) });
    await store.write("a", "2", await store.write("a", "1", null));
    expect(seen).toEqual([
      [undefined, "*"],
      ['"c4ca4238a0b923820dcc509a6f75849b"', undefined],
    ]);
  });

  it("bears a version that does not come back with the text, as with KMS", async () => {
    const store = await storeOn({ replace: ({ before }, right) => ({ ...right, headers: { etag: `"${before}"` } }) });
    expect(await store.write("a", "1", null)).not.toBe(await store.write("b", "1", null));
  });

  it.each([
    [412, "PreconditionFailed", '"old"'],
    [412, "PreconditionFailed", null],
    [409, "ConditionalRequestConflict", '"old"'],
    [409, "ConditionalRequestConflict", null],
    [404, "NoSuchKey", '"old"'],
    [404, "", '"old"'],
  ])("takes %i %s for a lost write (expected %j)", async (status, code, expected) => {
    const store = await storeOn({ intercept: () => s3Fault(status, code) });
    const error = await store.write("a", "1", expected).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ reason: "version-conflict", field: "a", value: expected });
  });

  it("does not try a lost write again by itself", async () => {
    const server = await served({ intercept: () => s3Fault(409, "ConditionalRequestConflict") });
    const store = s3ObjectStore("s3://state", { endpoint: server.endpoint });
    await expect(store.write("a", "1", null)).rejects.toBeInstanceOf(ConflictError);
    expect(server.requests).toEqual(["PUT state/a"]);
  });

  it("does not take a missing bucket for a lost write or a missing object", async () => {
    const { endpoint } = await served();
    const store = s3ObjectStore("s3://sttae", { endpoint });
    await expect(store.write("a", "1", '"old"')).rejects.toMatchObject({ reason: "s3-no-bucket" });
    await expect(store.write("a", "1", null)).rejects.toMatchObject({ reason: "s3-no-bucket" });
    await expect(store.read("a")).rejects.toMatchObject({ reason: "s3-no-bucket" });
  });

  it("says a conflict when the answer to its own write was lost, since it cannot know better", async () => {
    const store = await storeOn({ replace: ({ before }, right) => (before === 0 ? s3Fault(500, "") : right) });
    await expect(store.write("a", "1", null)).rejects.toBeInstanceOf(ConflictError);
    expect(await textIn(store, "a")).toBe("1");
  });

  it("survives one busy answer", async () => {
    const store = await storeOn({ intercept: ({ before }) => (before === 0 ? s3Fault(503, "SlowDown") : undefined) });
    expect(await store.write("a", "1", null)).toBeTruthy();
  });

  it("reads an object that is cut off once more, and throws when it is cut off again", async () => {
    const once = await storeOn({
      buckets: { state: { "musterbook/a": "1" } },
      intercept: ({ before }) => (before === 0 ? CUT : undefined),
    });
    expect(await textIn(once, "a")).toBe("1");
    const always = await storeOn({ intercept: () => CUT });
    await expect(always.read("a")).rejects.toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
  });

  it("does not wait for ever for the rest of an object", { timeout: 90_000 }, async () => {
    const patience = shortened(Socket.prototype.setTimeout);
    const store = await storeOn({
      buckets: { state: { "musterbook/a": "1" } },
      intercept: ({ before }) => (before === 0 ? { ...CUT, stallAfter: 100 } : undefined),
    });
    expect(await textIn(store, "a")).toBe("1");
    expect(patience).toContain(20_000);
  });

  it.each([
    ["read", "s3:GetObject", "kms:Decrypt"],
    ["write", "s3:PutObject", "kms:GenerateDataKey"],
  ] as const)("names the action and the resource that a %s lacks", async (verb, action, kms) => {
    const store = await storeOn({ intercept: () => s3Fault(403, "AccessDenied") });
    const attempt = verb === "read" ? store.read("a") : store.write("a", "1", null);
    await expect(attempt).rejects.toMatchObject({
      name: "TerminalError",
      reason: "s3-forbidden",
      message: expect.stringContaining(`${action} on arn:aws:s3:::state/musterbook/a is missing`),
      remedy: expect.stringContaining(kms),
    });
  });

  it("refuses a server without ETags", async () => {
    const store = await storeOn({ intercept: () => ({ status: 200, body: "1" }) });
    await expect(store.read("a")).rejects.toMatchObject({ name: "TerminalError", reason: "s3-no-etag" });
    await expect(store.write("a", "1", null)).rejects.toMatchObject({ reason: "s3-no-etag" });
  });
});

// The SDK compares checksums where no endpoint is named, so with AWS itself, whose objects all have one.
describe("s3ObjectStore on AWS", () => {
  const CHECKSUM = { "x-amz-checksum-crc32": "g9zvtw==", etag: '"1"' };

  async function storeOnAws(replace: FakeS3Options["replace"]) {
    const server = await served({ buckets: { state: { "musterbook/a": "1" } }, ...(replace && { replace }) });
    vi.stubEnv("AWS_ENDPOINT_URL_S3", server.endpoint);
    return { store: s3ObjectStore("s3://state/musterbook", { region: "eu-west-1" }), server };
  }

  it("reads an object whose checksum is right", async () => {
    const { store } = await storeOnAws((_, right) => ({ ...right, headers: CHECKSUM }));
    expect(await textIn(store, "a")).toBe("1");
  });

  it("reads an object that was altered on its way once more, and is then for later", async () => {
    const { store, server } = await storeOnAws((_, right) => ({ ...right, body: "2", headers: CHECKSUM }));
    await expect(store.read("a")).rejects.toMatchObject({ name: "RetryableError", reason: "s3-unreachable" });
    expect(server.requests).toHaveLength(2);
  });

  it("reads an object with a checksum that is cut off once more", async () => {
    const { store } = await storeOnAws(({ before }, right) =>
      before === 0 ? { ...CUT, headers: CHECKSUM } : { ...right, headers: CHECKSUM },
    );
    expect(await textIn(store, "a")).toBe("1");
  });
});

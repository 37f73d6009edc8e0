import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postSlack } from "#alerts/slack-webhook";
import { MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

const PATH = "/services/T0000AAAA/B0000BBBB/verysecretverysecret";
const SECRETS = ["T0000AAAA", "B0000BBBB", "verysecretverysecret"];
const payload = { text: "hello <b>", blocks: [] };

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let reply: Reply = { status: 200, body: "ok" };
const received: string[] = [];
const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    received.push(`${request.method} ${request.url} ${request.headers["content-type"]} ${body}`);
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
});

beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});

afterAll(() => {
  server.close();
});

function webhook(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
}

async function failure(change: Partial<Parameters<typeof postSlack>[0]> = {}): Promise<unknown> {
  const post = { fetch, url: webhook(), payload, signal: AbortSignal.timeout(5_000), ...change };
  return postSlack(post).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function everythingIn(error: unknown): string {
  if (!(error instanceof MusterbookError)) return String(error);
  return [error.message, error.remedy, error.stack, JSON.stringify(error), String(error.cause)].join(" ");
}

describe("postSlack", () => {
  it("posts JSON, and is content when Slack says ok", async () => {
    reply = { status: 200, body: "ok" };
    expect(await failure()).toBeUndefined();
    expect(received.at(-1)).toBe(`POST ${PATH} application/json; charset=utf-8 ${JSON.stringify(payload)}`);
  });

  it.each([
    [{ status: 429, headers: { "retry-after": "7" } }, 7],
    [{ status: 429, headers: { "retry-after": "0" } }, 1],
    [{ status: 429, headers: { "retry-after": "999999" } }, 43_200],
    [{ status: 429, headers: { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" } }, 30],
    [{ status: 429 }, 30],
  ] as const)("tells the pause of %j", async (answer, retryAfterSeconds) => {
    reply = answer;
    const error = await failure();
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ name: "RateLimitedError", reason: "slack-rate-limited", retryAfterSeconds });
  });

  it.each([
    [{ status: 500, body: "oops" }, RetryableError, "slack-unavailable"],
    [{ status: 503 }, RetryableError, "slack-unavailable"],
    [{ status: 408 }, RetryableError, "slack-unavailable"],
    [{ status: 200, body: "<html>proxy</html>" }, RetryableError, "slack-unavailable"],
    [{ status: 400, body: "invalid_payload" }, TerminalError, "slack-refused-message"],
    [{ status: 403, body: "invalid_token" }, TerminalError, "slack-refused-channel"],
    [{ status: 404, body: "no_service" }, TerminalError, "slack-refused-channel"],
    [{ status: 410, body: "channel_is_archived" }, TerminalError, "slack-refused-channel"],
    [{ status: 302, headers: { location: "http://127.0.0.1:1/" } }, TerminalError, "slack-refused-channel"],
  ] as const)("answers %j with the right error", async (answer, kind, reason) => {
    reply = answer;
    const error = await failure();
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(String(answer.status)) });
  });

  it("tells a network fault apart", async () => {
    const error = await failure({ url: `http://127.0.0.1:1${PATH}` });
    expect(error).toMatchObject({ name: "RetryableError", reason: "slack-unreachable" });
  });

  it("gives up at the signal", async () => {
    expect(await failure({ signal: AbortSignal.abort() })).toMatchObject({ reason: "slack-unreachable" });
  });

  it.each(["", "not a url", `ftp://example.com${PATH}`, `http://example.com${PATH}`])(
    "refuses the webhook %j",
    async (url) => {
      const error = await failure({ url });
      expect(error).toMatchObject({ name: "TerminalError", field: "alerts.slackWebhookSecret" });
    },
  );

  it("never tells the webhook, whoever repeats it", async () => {
    const url = webhook();
    const indiscreet: typeof fetch = async () => {
      throw new TypeError(`cannot fetch ${url}`, { cause: new Error(`${PATH} failed`) });
    };
    const errors = [await failure({ fetch: indiscreet }), await failure({ url: `ftp://example.com${PATH}` })];
    for (const status of [200, 400, 404, 429, 500]) {
      reply = { status, body: `you called ${url} at ${PATH}` };
      errors.push(await failure());
    }
    for (const error of errors) {
      expect(error).toBeInstanceOf(MusterbookError);
      for (const secret of SECRETS) expect(everythingIn(error)).not.toContain(secret);
    }
  });
});

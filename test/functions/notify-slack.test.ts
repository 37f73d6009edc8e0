import { describe, expect, it } from "vitest";
import { alertEvent } from "#alerts/cloud-event";
import { syncAlerts } from "#alerts/sync";
import { notifySlack } from "#functions/notify-slack";
import { deployment } from "#test/factories/deployment";
import { lambdaContext, sqsEvent } from "#test/factories/sqs";
import { alertOf, openedRecord } from "#test/packages/alerts/fakes";

const WEBHOOK = "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/cccccccccccccccccccccccc";
const CONFIG = { alerts: { slackWebhookSecret: "slack-webhook" } };

interface Slack {
  readonly answers?: readonly (Response | Error)[];
  readonly config?: typeof CONFIG | Record<string, never>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Slack gives these answers in turn, then `ok`. */
function notifying({ answers = [], config = CONFIG, secrets = { "slack-webhook": WEBHOOK } }: Slack = {}) {
  const posts: { readonly url: string; readonly body: unknown }[] = [];
  const left = [...answers];
  const world = deployment({
    only: ["notify-slack"],
    config,
    ports: {
      secret: async (name) => secrets[name],
      fetch: async (url, init) => {
        posts.push({ url: String(url), body: JSON.parse(String(init?.body)) });
        const answer = left.shift() ?? new Response("ok");
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
  });
  const notify = (count = 1) =>
    world.sendAll(
      "alerts-slack",
      Array.from({ length: count }, (_, at) => alertBody(at)),
    );
  /** Everything that a person could read somewhere. */
  const told = () => JSON.stringify([world.lines, world.runtime.deadLetters(), world.runtime.messages("alerts-slack")]);
  return { ...world, posts, notify, told };
}

/** The topic's word on an alert of cluster `prod-<at>`. */
function alertBody(at: number): string {
  return JSON.stringify(alertEvent(openedRecord({ labels: { cluster: `prod-${at}` } })));
}

function answer(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers });
}

describe("notify-slack", () => {
  it("posts one message per transition to the webhook of the secret", async () => {
    const { notify, settle, posts, bodies } = notifying();
    await notify(3);
    await settle();

    expect(posts.map(({ url }) => url)).toEqual([WEBHOOK, WEBHOOK, WEBHOOK]);
    expect(posts.map(({ body }) => JSON.stringify(body))).toEqual(
      expect.arrayContaining([0, 1, 2].map((at) => expect.stringContaining(`prod-${at}`))),
    );
    expect(bodies("alerts-slack")).toEqual([]);
  });

  it("hears of what was a warning until it is resolved, and of what never was nothing", async () => {
    const { ports, settle, posts, clock } = notifying();
    const headers = () => posts.splice(0).map(({ body }) => Reflect.get(Object(body), "text"));
    const alerts = (severity: "warning" | "info") => [
      alertOf({ severity }),
      alertOf({ severity: "info", labels: { cluster: "prod-b" }, summary: `It was ${severity}.` }),
    ];
    const told: unknown[] = [];
    for (const seen of [alerts("warning"), alerts("info"), []]) {
      await syncAlerts(ports, "test", seen);
      await settle();
      told.push(headers());
      clock.advance(300_000);
    }

    expect(told).toEqual([
      ["WARNING: upload.late on prod-a"],
      ["INFO: upload.late on prod-a (updated, was warning)"],
      ["RESOLVED: upload.late on prod-a"],
    ]);
  });

  it.each([
    ["429", answer(429, "rate_limited", { "retry-after": "30" })],
    ["503", answer(503, "upstream connect error")],
    ["no answer", new TypeError(`fetch failed: ${WEBHOOK}`)],
  ])("gives the message back on %s, and posts it when it comes again", async (_, first) => {
    const { notify, settle, posts, bodies, runtime, clock, told } = notifying({ answers: [first] });
    await notify();
    expect(await runtime.step()).toBe("failed");
    expect(bodies("alerts-slack")).toHaveLength(1);
    expect(told()).not.toContain("cccccc");

    clock.set(runtime.nextAt() ?? clock.now());
    await settle();

    expect(posts).toHaveLength(2);
    expect([bodies("alerts-slack"), runtime.deadLetters()]).toEqual([[], []]);
  });

  it("gives back what Slack refused for now, and keeps the pause that it asks for with what is left", async () => {
    const { notify, runtime, bodies, posts } = notifying({ answers: [answer(200, "ok"), answer(429, "rate_limited")] });
    await notify(3);

    expect(await runtime.step()).toBe("partly");
    expect(posts).toHaveLength(2);
    expect(bodies("alerts-slack")).toEqual([expect.stringContaining("prod-1"), expect.stringContaining("prod-2")]);
  });

  it("posts what Slack takes beside what it never will", async () => {
    const { notify, settle, posts, runtime } = notifying({ answers: [answer(400, "invalid_blocks")] });
    await notify(3);
    await settle();

    expect(posts).toHaveLength(3);
    expect(runtime.deadLetters().map(({ body }) => body)).toEqual([expect.stringContaining("prod-0")]);
  });

  it("makes one post of 500 alerts at once, which all come again when it is refused for now", async () => {
    const { notify, settle, posts, bodies, runtime, clock } = notifying({ answers: [answer(429, "rate_limited")] });
    await notify(500);
    expect(await runtime.step()).toBe("failed");
    expect(bodies("alerts-slack")).toHaveLength(500);

    clock.set(runtime.nextAt() ?? clock.now());
    await settle();

    expect(posts).toHaveLength(2);
    expect(JSON.stringify(posts[1]?.body)).toContain("500 alerts");
    expect([bodies("alerts-slack"), runtime.deadLetters()]).toEqual([[], []]);
  });

  it("posts a transition once that is delivered twice", async () => {
    const { sendAll, settle, posts, bodies } = notifying();
    await sendAll("alerts-slack", [alertBody(0), alertBody(0)]);
    await settle();

    expect(posts).toHaveLength(1);
    expect(bodies("alerts-slack")).toEqual([]);
  });

  it("gives up a post that hangs before the invocation ends, so that what was posted stays posted", {
    timeout: 3_000,
  }, async () => {
    const { ports } = deployment({
      only: [],
      config: CONFIG,
      ports: {
        secret: async () => WEBHOOK,
        fetch: async (_, init) => {
          if (String(init?.body).includes("prod-0")) return new Response("ok");
          const { promise, reject } = Promise.withResolvers<Response>();
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
          return promise;
        },
      },
    });
    const event = sqsEvent(
      "alerts-slack",
      [0, 1].map((at) => ({ id: `m${at}`, body: alertBody(at) })),
    );

    expect(await notifySlack(ports)(event, lambdaContext(5_020))).toEqual({
      batchItemFailures: [{ itemIdentifier: "m1" }],
    });
  });

  it.each([
    ["404", answer(404, "no_service"), /^Slack answered 404 no_service\. .*redrive the dead-letter queue/],
    ["400", answer(400, "invalid_blocks"), /^Slack answered 400 invalid_blocks\. /],
  ])("dead-letters the message at once on %s, with Slack's word and the remedy", async (_, first, reason) => {
    const { notify, settle, posts, bodies, runtime, told } = notifying({ answers: [first] });
    await notify();
    await settle();

    expect(posts).toHaveLength(1);
    expect(bodies("alerts-slack")).toEqual([]);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({ queue: "alerts-slack-dlq", reason: expect.stringMatching(reason) }),
    ]);
    expect(told()).not.toContain("cccccc");
  });

  it("tells nobody where no webhook is configured", async () => {
    const { notify, settle, posts, bodies, runtime } = notifying({ config: {} });
    await notify();
    await settle();

    expect([posts, bodies("alerts-slack"), runtime.deadLetters()]).toEqual([[], [], []]);
  });

  it("dead-letters the message when the secret does not exist, and says how to store it", async () => {
    const { notify, settle, posts, runtime } = notifying({ secrets: {} });
    await notify();
    await settle();

    expect(posts).toEqual([]);
    expect(runtime.deadLetters()[0]?.reason).toMatch(
      /^the secret slack-webhook does not exist\. Store Slack's incoming webhook URL under the name slack-webhook/,
    );
  });

  it("dead-letters the message when the secret holds no URL, without repeating it", async () => {
    const { notify, settle, runtime, told } = notifying({ secrets: { "slack-webhook": "cccccccccccccccc" } });
    await notify();
    await settle();

    expect(runtime.deadLetters()[0]?.reason).toContain("not an https URL");
    expect(told()).not.toContain("cccccc");
  });

  it("dead-letters what is no alert, with the field", async () => {
    const { sendAll, settle, posts, runtime } = notifying();
    await sendAll("alerts-slack", ["{}", "no JSON"]);
    await settle();

    expect(posts).toEqual([]);
    const reasons = runtime.deadLetters().map(({ reason }) => reason);
    expect(reasons).toEqual([
      expect.stringContaining("the alert cannot be read: specversion is missing"),
      expect.stringContaining("the alert cannot be read"),
    ]);
  });
});

import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { ALERT_EVENT, alertEvent, parseAlertEvent } from "#alerts/cloud-event";
import { BUCKET_MESSAGE, bucketMessage, parseBucketMessage } from "#blocks/bucket/bucket-message";
import type { MessageVersions } from "#fleet/message-version";
import { handlers } from "#functions/handlers";
import { LOOK_MESSAGE, lookMessage, parseLookMessage } from "#onboard/look-message";
import { functions, type QueueName, queues } from "#stacks/wiring";
import { deployment, PROD_A } from "#test/factories/deployment";
import { lambdaContext, sqsEvent } from "#test/factories/sqs";
import { openedRecord } from "#test/packages/alerts/fakes";

/*
 * A deploy replaces functions one by one, while their queues are full. `test/messages` holds a body of each version as it was
 * written: the present one, and the one before while there is one. A body of a new shape is a new version, with a new file.
 */

interface InFlight {
  readonly queue: QueueName;
  /** Files are named `<name>-v<version>.json`. */
  readonly name: string;
  readonly versions: MessageVersions;
  /** The body of the present version, written now. */
  readonly written: string;
  /** What a reader makes of it, whatever the version. */
  readonly read: (body: string) => unknown;
  readonly means: unknown;
  /** The same body as a later release may write it. */
  readonly newer: (body: string) => string;
}

const look: InFlight = {
  queue: "clusters.fifo",
  name: "look",
  versions: LOOK_MESSAGE,
  written: lookMessage(PROD_A.arn, "TagResource (drill)", true),
  read: parseLookMessage,
  means: { ref: PROD_A, because: "TagResource (drill)", drill: true },
  newer: (body) => JSON.stringify({ ...JSON.parse(body), schemaVersion: LOOK_MESSAGE.current + 1 }),
};

const alert: InFlight = {
  queue: "alerts-slack",
  name: "alert",
  versions: ALERT_EVENT,
  written: JSON.stringify(alertEvent(openedRecord())),
  read: parseAlertEvent,
  means: alertEvent(openedRecord()),
  newer: (body) => JSON.stringify({ ...JSON.parse(body), type: `dev.musterbook.alert.v${ALERT_EVENT.current + 1}` }),
};

const TURN = { url: "s3://blocks/prefix", because: "schedule" };
const turns = (["listings.fifo", "audits.fifo"] as const).map(
  (queue): InFlight => ({
    ...{ queue, name: "bucket", versions: BUCKET_MESSAGE, written: bucketMessage(TURN), read: parseBucketMessage },
    means: TURN,
    newer: (body) => JSON.stringify({ ...JSON.parse(body), schemaVersion: BUCKET_MESSAGE.current + 1 }),
  }),
);

const KINDS = [look, alert, ...turns].map((kind) => [`${kind.name} in ${kind.queue}`, kind] as const);
/** What is in these is AWS's own, in the envelope of EventBridge; drills are put in the same shape. */
const OF_AWS: readonly QueueName[] = ["cluster-events", "block-events"];

const recorded = ({ name }: InFlight, version: number) =>
  readFile(new URL(`../messages/${name}-v${version}.json`, import.meta.url), "utf8");

/** The present version, and the one before. */
const understood = ({ versions: { current } }: InFlight) => [current - 1, current].filter((version) => version > 0);

it("is known of every queue what is in it", () => {
  expect([...OF_AWS, ...KINDS.map(([, { queue }]) => queue)].sort()).toEqual(Object.keys(queues).sort());
});

describe.each(KINDS)("a message about a %s", (_, kind) => {
  it("is written as it was recorded: another shape is another version", async () => {
    expect(JSON.parse(kind.written)).toEqual(JSON.parse(await recorded(kind, kind.versions.current)));
  });

  it.each(understood(kind))("is understood in version %i", async (version) => {
    expect(kind.read(await recorded(kind, version))).toEqual(kind.means);
  });

  it("of a later version comes again until a deploy reads it, and is given up at last with the way to go", async () => {
    const { ports, runtime } = deployment({
      only: [],
      config: { alerts: { slackWebhookSecret: "slack" } },
      ports: SECRET,
    });
    const handler = handlers[consumerOf(kind.queue)](ports);
    const body = kind.newer(kind.written);
    const group = kind.queue.endsWith(".fifo") ? { group: "g" } : {};
    const receive = (receives: number) =>
      handler(sqsEvent(kind.queue, [{ id: "m", body, receives, ...group }]), lambdaContext());

    expect(await receive(1)).toEqual({ batchItemFailures: [{ itemIdentifier: "m" }] });
    expect(await receive(queues[kind.queue].maxReceiveCount)).toEqual({ batchItemFailures: [] });
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({
        body,
        queue: queues[kind.queue].deadLetterQueue,
        reason: expect.stringMatching(
          new RegExp(`schema version ${kind.versions.current + 1}.*a later release wrote it.*Roll this stage forward`),
        ),
      }),
    ]);
  });
});

const SECRET = { secret: async () => "https://hooks.slack.com/services/T/B/x" };

function consumerOf(queue: QueueName): keyof typeof functions {
  const all = Object.keys(functions) as (keyof typeof functions)[];
  const found = all.find((name) => {
    const { source } = functions[name];
    return source.kind === "queue" && source.queue === queue;
  });
  if (found === undefined) throw new Error(`no function consumes ${queue}`);
  return found;
}

import { describe, expect, it } from "vitest";
import { RetryableError } from "#fleet/errors";
import type { OutgoingMessage } from "#fleet/messaging";
import { deployment, PROD_A } from "#test/factories/deployment";
import { eventOf, eventText, eventWith } from "#test/factories/events";

function routing() {
  return deployment({ only: ["route-cluster-event"] });
}

describe("route-cluster-event", () => {
  it.each([
    ["create-cluster", "CreateCluster"],
    ["create-cluster-2018", "CreateCluster"],
    ["delete-cluster", "DeleteCluster"],
    ["update-cluster-config", "UpdateClusterConfig EndpointAccessUpdate"],
    ["tag-resource", "TagResource"],
    ["untag-resource", "UntagResource"],
  ] as const)("asks for a look at the cluster of %s", async (name, because) => {
    const { runtime, settle } = routing();

    expect(await runtime.serviceEvent(eventOf(name))).toEqual(["cluster-events"]);
    await settle();

    const [message, ...more] = runtime.messages("clusters.fifo");
    expect(message?.groupId).toBe(PROD_A.arn);
    expect(JSON.parse(message?.body ?? "")).toEqual({ schemaVersion: 1, arn: PROD_A.arn, because });
    expect(more).toEqual([]);
  });

  it.each([
    ["a call that failed", "create-cluster-failed"],
    ["a node group's tags", "tag-nodegroup"],
  ] as const)("ignores %s, and says so", async (_, name) => {
    const { runtime, settle, bodies, lines, sendAll } = routing();
    await sendAll("cluster-events", [eventText(name)]);
    await settle();

    expect([bodies("cluster-events"), bodies("clusters.fifo"), runtime.deadLetters()]).toEqual([[], [], []]);
    expect(lines.filter((line) => line.includes("cluster event ignored"))).toHaveLength(1);
  });

  it("dead-letters what cannot be read, with field, value and remedy, and does not try it again", async () => {
    const { runtime, settle, sendAll, bodies } = routing();
    const body = eventWith("create-cluster", { responseElements: { cluster: { arn: "arn:aws:s3:::x" } } });
    await sendAll("cluster-events", [body]);
    await settle();

    expect(bodies("cluster-events")).toEqual([]);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({
        queue: "cluster-events-dlq",
        origin: "cluster-events",
        body,
        reason: expect.stringMatching(
          /^event cannot be read: detail\.responseElements\.cluster\.arn is "arn:aws:s3:::x": expected .*Mend the event and redrive it/,
        ),
      }),
    ]);
  });

  it("lets a bad message stop none of its batch", async () => {
    const { runtime, settle, sendAll, bodies } = routing();
    await sendAll("cluster-events", ["{", eventText("create-cluster"), "null", eventText("tag-nodegroup")]);
    expect(await runtime.step()).toBe("done");
    await settle();

    expect(bodies("clusters.fifo")).toHaveLength(1);
    expect(runtime.deadLetters().map(({ body }) => body)).toEqual(["{", "null"]);
  });

  it("hands back what could not be enqueued, and nothing else", async () => {
    const away = new RetryableError("SQS is away", { remedy: "Wait." });
    const sent: OutgoingMessage[] = [];
    const send = async (_: string, message: OutgoingMessage): Promise<void> => {
      if (message.body.includes("DeleteCluster")) throw away;
      sent.push(message);
    };
    const { runtime, sendAll, bodies } = deployment({ only: ["route-cluster-event"], ports: { queues: { send } } });
    await sendAll("cluster-events", [eventText("create-cluster"), eventText("delete-cluster")]);

    expect(await runtime.step()).toBe("partly");
    expect(bodies("cluster-events")).toEqual([eventText("delete-cluster")]);
    expect(sent).toHaveLength(1);
  });

  it("asks once for an event that is delivered twenty times", async () => {
    const { runtime, settle, bodies } = routing();
    for (let delivery = 0; delivery < 20; delivery += 1) await runtime.serviceEvent(eventOf("create-cluster"));

    expect([await runtime.step(), await runtime.step()]).toEqual(["done", "done"]);
    expect(bodies("cluster-events")).toEqual([]);
    await settle();
    expect(bodies("clusters.fifo")).toHaveLength(1);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("asks once for each of two calls", async () => {
    const { settle, bodies, sendAll } = routing();
    await sendAll("cluster-events", [
      eventText("create-cluster"),
      eventWith("create-cluster", { eventID: "another call" }),
    ]);
    await settle();

    expect(bodies("clusters.fifo")).toHaveLength(2);
  });
});

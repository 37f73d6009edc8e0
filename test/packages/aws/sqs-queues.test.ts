import { createHash } from "node:crypto";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqsQueues } from "#aws/sqs-queues";
import { type Call, fault, json, type Reply, serveAws } from "#test/fakes/aws-server";

const MESSAGE = { body: '{"schemaVersion":1}', attributes: { reason: "late" }, groupId: "g", dedupId: "d" };
const URLS = { "clusters.fifo": "https://sqs.eu-west-1.amazonaws.com/111122223333/clusters.fifo" };

const digest = (text: string): string => createHash("md5").update(text).digest("hex");
const sent = (): Reply => json(200, { MessageId: "m-1", MD5OfMessageBody: digest(MESSAGE.body) });

async function queuesOf(answer: (call: Call) => Reply) {
  const calls: Call[] = [];
  const server = await serveAws((call) => {
    calls.push(call);
    return answer(call);
  });
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
  return { queues: sqsQueues({ region: "eu-west-1", credentials, endpoint: server.url }, URLS), calls };
}

describe("sqsQueues", () => {
  it("sends body, attributes, group and deduplication id to the URL of the queue", async () => {
    const { queues, calls } = await queuesOf(sent);
    await queues.send("clusters.fifo", MESSAGE);
    expect(calls.map(({ headers, body }) => [headers["x-amz-target"], JSON.parse(body)])).toEqual([
      [
        "AmazonSQS.SendMessage",
        {
          QueueUrl: URLS["clusters.fifo"],
          MessageBody: MESSAGE.body,
          MessageAttributes: { reason: { DataType: "String", StringValue: "late" } },
          MessageGroupId: "g",
          MessageDeduplicationId: "d",
        },
      ],
    ]);
  });

  it("asks nobody about a queue that the wiring does not name", async () => {
    const { queues, calls } = await queuesOf(sent);
    for (const name of ["none", "toString"]) {
      await expect(queues.send(name, MESSAGE)).rejects.toMatchObject({
        name: "TerminalError",
        reason: "unknown-queue",
      });
    }
    expect(calls).toEqual([]);
  });

  it("sends again after one throttled answer", async () => {
    let before = 0;
    const { queues, calls } = await queuesOf(() => (before++ === 0 ? fault(400, "RequestThrottled", "slow") : sent()));
    await queues.send("clusters.fifo", MESSAGE);
    expect(calls).toHaveLength(2);
  });

  it.each([
    ["RequestThrottled", 400, "RetryableError", "throttled"],
    ["KmsThrottled", 400, "RetryableError", "throttled"],
    ["ServiceUnavailable", 503, "RetryableError", "server-error"],
    ["AccessDenied", 403, "TerminalError", "forbidden"],
    ["KmsAccessDenied", 400, "TerminalError", "forbidden"],
    ["QueueDoesNotExist", 400, "TerminalError", "refused"],
    ["InvalidMessageContents", 400, "TerminalError", "refused"],
  ])("takes %s, %i, for a %s, %s", async (code, status, name, reason) => {
    const { queues } = await queuesOf(() => fault(status, `com.amazonaws.sqs#${code}`, "no"));
    await expect(queues.send("clusters.fifo", MESSAGE)).rejects.toMatchObject({ name, reason });
  });

  it.each([
    ["KmsThrottled", "KMS.ThrottlingException", "throttled"],
    ["KmsAccessDenied", "KMS.AccessDeniedException", "forbidden"],
  ])("knows %s by its older name, which the SDK puts before it", async (code, older, reason) => {
    const reply = fault(400, `com.amazonaws.sqs#${code}`, "no");
    const header = { "x-amzn-query-error": `${older};Sender` };
    const { queues } = await queuesOf(() => ({ ...reply, headers: { ...reply.headers, ...header } }));
    await expect(queues.send("clusters.fifo", MESSAGE)).rejects.toMatchObject({ reason });
  });

  it("names the action and the queue that a right is missing for", async () => {
    const { queues } = await queuesOf(() => fault(403, "AccessDenied", "no"));
    await expect(queues.send("clusters.fifo", MESSAGE)).rejects.toThrow(
      `sqs:SendMessage on ${URLS["clusters.fifo"]} is missing`,
    );
  });

  it.each([
    ["another body has arrived", json(200, { MessageId: "m-1", MD5OfMessageBody: digest("other") })],
    ["nothing is said of what has arrived", json(200, {})],
  ])("does not believe that it was sent when %s", async (_, reply) => {
    const { queues } = await queuesOf(() => reply);
    await expect(queues.send("clusters.fifo", MESSAGE)).rejects.toMatchObject({
      name: "RetryableError",
      reason: "checksum",
    });
  });

  it("does not take a web page for an answer", async () => {
    const page = { status: 200, headers: { "content-type": "text/html" }, body: "<html>Please log in</html>" };
    const { queues } = await queuesOf(() => page);
    await expect(queues.send("clusters.fifo", MESSAGE)).rejects.toMatchObject({
      name: "RetryableError",
      reason: "unreachable",
    });
  });
});

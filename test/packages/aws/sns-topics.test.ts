import { describe, expect, it, onTestFinished } from "vitest";
import { snsTopics } from "#aws/sns-topics";
import { type Call, type Reply, serveAws } from "#test/fakes/aws-server";

const ARNS = { alerts: "arn:aws:sns:eu-west-1:111122223333:alerts" };
const PUBLICATION = { message: "hello", attributes: { severity: "critical" }, groupId: "prod-a" };

function xml(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/xml" }, body };
}

const PUBLISHED = xml(
  200,
  "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>",
);

function refusal(status: number, code: string): Reply {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error>`;
  return xml(status, `<ErrorResponse>${error}<RequestId>r</RequestId></ErrorResponse>`);
}

async function topicsOf(answer: (call: Call) => Reply) {
  const calls: Call[] = [];
  const server = await serveAws((call) => {
    calls.push(call);
    return answer(call);
  });
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
  return { topics: snsTopics({ region: "eu-west-1", credentials, endpoint: server.url }, ARNS), calls };
}

describe("snsTopics", () => {
  it("publishes message, attributes and group to the ARN of the topic", async () => {
    const { topics, calls } = await topicsOf(() => PUBLISHED);
    await topics.publish("alerts", PUBLICATION);
    expect(calls.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))).toEqual([
      {
        Action: "Publish",
        Version: "2010-03-31",
        TopicArn: ARNS.alerts,
        Message: "hello",
        "MessageAttributes.entry.1.Name": "severity",
        "MessageAttributes.entry.1.Value.DataType": "String",
        "MessageAttributes.entry.1.Value.StringValue": "critical",
        MessageGroupId: "prod-a",
      },
    ]);
  });

  it("asks nobody about a topic that the wiring does not name", async () => {
    const { topics, calls } = await topicsOf(() => PUBLISHED);
    await expect(topics.publish("none", PUBLICATION)).rejects.toMatchObject({
      name: "TerminalError",
      reason: "unknown-topic",
    });
    expect(calls).toEqual([]);
  });

  it.each([
    ["Throttled", 429, "RetryableError", "throttled"],
    ["Throttling", 400, "RetryableError", "throttled"],
    ["KMSThrottling", 400, "RetryableError", "throttled"],
    ["InternalError", 500, "RetryableError", "server-error"],
    ["AuthorizationError", 403, "TerminalError", "forbidden"],
    ["KMSAccessDenied", 400, "TerminalError", "forbidden"],
    ["NotFound", 404, "TerminalError", "refused"],
    ["InvalidParameter", 400, "TerminalError", "refused"],
  ])("takes %s, %i, for a %s, %s", async (code, status, name, reason) => {
    const { topics } = await topicsOf(() => refusal(status, code));
    await expect(topics.publish("alerts", PUBLICATION)).rejects.toMatchObject({ name, reason });
  });

  it.each([
    ["a web page", xml(200, "<html><body>Please log in</body></html>")],
    ["an empty answer", xml(200, "")],
  ])("does not take %s for a publication", async (_, reply) => {
    const { topics } = await topicsOf(() => reply);
    await expect(topics.publish("alerts", PUBLICATION)).rejects.toMatchObject({
      name: "RetryableError",
      reason: "unreachable",
    });
  });
});

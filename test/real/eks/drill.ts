import { randomUUID } from "node:crypto";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Call, Reply } from "#test/fakes/aws-server";
import { accountKey, type Caller } from "#test/real/eks/keys";

/** AWS, and ministack after it, take no event whose source begins with `aws.` from anybody. */
const SOURCE = "musterbook.drill";

/** Puts on the default bus of the caller's account what CloudTrail tells of a call, as test/events/create-cluster.json has it. */
export async function putDrill(
  upstream: string,
  of: {
    readonly operation: string;
    readonly call: Call;
    readonly reply: Reply;
    readonly caller: Caller;
    readonly at: Date;
  },
): Promise<void> {
  const { call, caller } = of;
  const client = new EventBridgeClient({
    endpoint: upstream,
    region: call.region,
    credentials: accountKey(caller.account),
  });
  const entry = { Source: SOURCE, DetailType: "AWS API Call via CloudTrail", Detail: JSON.stringify(recordOf(of)) };
  const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
  client.destroy();
  if (FailedEntryCount !== 0) throw new Error(`EventBridge refuses the drill: ${JSON.stringify(Entries)}`);
}

function recordOf({ operation, call, reply, caller, at }: Parameters<typeof putDrill>[1]) {
  const failed = reply.status >= 300;
  const failure = { errorCode: reply.headers["x-amzn-errortype"], errorMessage: JSON.parse(reply.body).message };
  return {
    eventVersion: "1.11",
    userIdentity: {
      type: caller.arn.includes(":assumed-role/") ? "AssumedRole" : "Root",
      arn: caller.arn,
      accountId: caller.account,
    },
    eventTime: at.toISOString(),
    eventSource: "eks.amazonaws.com",
    eventName: operation,
    awsRegion: call.region,
    sourceIPAddress: "127.0.0.1",
    userAgent: call.headers["user-agent"],
    requestParameters: parametersOf(call),
    responseElements: failed ? null : JSON.parse(reply.body),
    ...(failed ? failure : {}),
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: caller.account,
    eventCategory: "Management",
  };
}

/** Parameters of the path stay percent-encoded, as CloudTrail records them. */
function parametersOf({ path, query, body }: Call): unknown {
  const [, kind, name] = (path.split("?")[0] ?? "").split("/");
  const given = body === "" ? {} : JSON.parse(body);
  if (kind === "tags")
    return { resourceArn: name, ...given, ...(query.has("tagKeys") ? { tagKeys: query.getAll("tagKeys") } : {}) };
  return name === undefined ? given : { name, ...given };
}

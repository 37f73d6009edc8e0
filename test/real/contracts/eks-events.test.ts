import { randomInt } from "node:crypto";
import { CreateClusterCommand, DeleteClusterCommand, EKSClient, TagResourceCommand } from "@aws-sdk/client-eks";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { clusterRef } from "#fleet/cluster";
import { type ClusterEvent, parseClusterEvent } from "#fleet/events";
import { accountKey } from "#test/real/eks/keys";
import { type EksShim, startEksShim } from "#test/real/eks/shim";

const account = String(randomInt(100_000_000_000, 999_999_999_999));
const ref = clusterRef({ account, region: "eu-west-1", name: "prod-a" });
const at = { region: ref.region, credentials: accountKey(account) };

let shim: EksShim;
let eks: EKSClient;
let nextEvent: () => Promise<ClusterEvent>;

beforeAll(async () => {
  const { url: endpoint } = inject("ministack");
  shim = await startEksShim({ upstream: endpoint });
  eks = new EKSClient({ ...at, endpoint: shim.url });
  const sqs = new SQSClient({ ...at, endpoint });
  const bus = new EventBridgeClient({ ...at, endpoint });
  const { QueueUrl } = await sqs.send(
    new CreateQueueCommand({ QueueName: "events", Attributes: { VisibilityTimeout: "600" } }),
  );
  const pattern = { source: ["musterbook.drill"], "detail-type": ["AWS API Call via CloudTrail"] };
  await bus.send(new PutRuleCommand({ Name: "drills", EventPattern: JSON.stringify(pattern) }));
  const Arn = `arn:aws:sqs:${ref.region}:${account}:events`;
  await bus.send(new PutTargetsCommand({ Rule: "drills", Targets: [{ Id: "queue", Arn }] }));
  nextEvent = async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    const [message] = Messages;
    return parseClusterEvent(message?.Body);
  };
});

afterAll(() => shim.close());

const cluster = {
  name: ref.name,
  roleArn: `arn:aws:iam::${account}:role/eks`,
  resourcesVpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"] },
};

describe("a call of EKS, as the bus tells of it", () => {
  it("is a look at the cluster that is made, tagged and deleted", async () => {
    await eks.send(new CreateClusterCommand(cluster));
    expect(await nextEvent()).toMatchObject({ outcome: "look", cluster: ref, because: "CreateCluster (drill)" });

    await eks.send(new TagResourceCommand({ resourceArn: ref.arn, tags: { stage: "prod" } }));
    expect(await nextEvent()).toMatchObject({ outcome: "look", cluster: ref, because: "TagResource (drill)" });

    await eks.send(new DeleteClusterCommand({ name: ref.name }));
    expect(await nextEvent()).toMatchObject({ outcome: "look", cluster: ref, because: "DeleteCluster (drill)" });
  });

  it("is nothing to look at when it failed", async () => {
    const twice = new CreateClusterCommand({ ...cluster, name: "prod-b" });
    await eks.send(twice);
    expect(await nextEvent()).toMatchObject({ outcome: "look" });
    await expect(eks.send(twice)).rejects.toMatchObject({ name: "ResourceInUseException" });
    expect(await nextEvent()).toMatchObject({ outcome: "ignore", reason: "failed-call" });
  });
});

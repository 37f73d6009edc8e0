import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { type AwsScope, awsConfig } from "#aws/config";
import { awsMembers } from "#aws/member-api";
import { FleetConfig } from "#config/fleet-config";
import { checkMembers } from "#members/check";
import { type Resolved, resolveTemplate } from "#members/resolve";
import { memberTemplate } from "#members/template";
import { newAccount } from "#test/real/aws/account";

const REGION = "eu-west-1";
const hub = { account: "111122223333", region: REGION, partition: "aws", stage: "prod" };

interface Document {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}
interface Target {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn: string;
  readonly DeadLetterConfig: { readonly Arn: string };
}

/** Makes what the template makes, as CloudFormation would. */
async function apply(scope: AwsScope, { type, properties }: Resolved, queuePolicy: string): Promise<void> {
  const text = (name: string) => String(properties[name]);
  const json = (name: string) => JSON.stringify(properties[name]);
  if (type === "AWS::IAM::Role") {
    const iam = new IAMClient(awsConfig(scope));
    const RoleName = text("RoleName");
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: json("AssumeRolePolicyDocument") }));
    for (const { PolicyName, PolicyDocument } of properties.Policies as readonly Document[])
      await iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(PolicyDocument) }),
      );
  }
  if (type === "AWS::Events::Rule") {
    const events = new EventBridgeClient(awsConfig(scope));
    await events.send(new PutRuleCommand({ Name: text("Name"), EventPattern: json("EventPattern") }));
    const Targets = (properties.Targets as readonly Target[]).map(({ Id, Arn, RoleArn, DeadLetterConfig }) => ({
      ...{ Id, Arn, RoleArn, DeadLetterConfig },
    }));
    await events.send(new PutTargetsCommand({ Rule: text("Name"), Targets }));
  }
  if (type === "AWS::SQS::Queue") {
    const sqs = new SQSClient(awsConfig(scope));
    await sqs.send(new CreateQueueCommand({ QueueName: text("QueueName"), Attributes: { Policy: queuePolicy } }));
  }
}

describe.each(["ministack", "moto"] as const)("a member's account, on %s", (emulator) => {
  let scope: AwsScope;
  let account: string;
  const config = v.parse(FleetConfig, {
    scopes: [{ account: hub.account, regions: [REGION] }],
    zone: "obs.example.com",
    principalArn: `arn:aws:iam::${hub.account}:role/musterbook-cluster`,
    observer: { cluster: `arn:aws:eks:${REGION}:${hub.account}:cluster/observer` },
    members: { externalId: "fleet-1", mode: "manage" },
  });
  const template = memberTemplate({ hub, config, home: REGION });
  const looked = async () => {
    const [row] = await checkMembers({
      ...{ template, partition: "aws", home: REGION, boundary: undefined },
      api: awsMembers({ reach: async ({ region }) => ({ ...scope, region }) }),
      places: [{ account, region: REGION }],
      onRow: () => undefined,
    });
    return (row?.findings ?? []).map(({ what, status, facts }) => [what, status, ...facts].join(" "));
  };

  beforeAll(async () => {
    scope = newAccount(inject(emulator));
    // moto has one account for every key that it did not give out.
    const key = await Promise.resolve(scope.credentials).then((one) =>
      typeof one === "object" ? one.accessKeyId : "",
    );
    account = emulator === "moto" ? "123456789012" : key;
  });

  it("lacks everything before the template is applied", async () => {
    expect((await looked()).every((line) => line.endsWith("lacking is missing"))).toBe(true);
  });

  it("lacks nothing afterwards, and tells what is taken away and what waits", async () => {
    const made = resolveTemplate(template, { account, region: REGION, partition: "aws" });
    const policy = made.find(({ type }) => type === "AWS::SQS::QueuePolicy")?.properties.PolicyDocument;
    for (const resource of made) await apply(scope, resource, JSON.stringify(policy));
    expect(await looked()).toEqual([
      "rule musterbook-cluster-events ok",
      "role musterbook-forward ok",
      "role musterbook-observe ok",
      "role musterbook-register ok",
      "role musterbook-manage ok",
      "queue musterbook-forward-dlq ok",
    ]);

    const events = new EventBridgeClient(awsConfig(scope));
    await events.send(new RemoveTargetsCommand({ Rule: "musterbook-cluster-events", Ids: ["hub"] }));
    await events.send(new DeleteRuleCommand({ Name: "musterbook-cluster-events" }));
    const QueueUrl = `${scope.endpoint}/${account}/musterbook-forward-dlq`;
    await new SQSClient(awsConfig(scope)).send(new SendMessageCommand({ QueueUrl, MessageBody: "{}" }));
    expect((await looked()).filter((line) => !line.endsWith(" ok"))).toEqual([
      "rule musterbook-cluster-events lacking is missing",
      "queue musterbook-forward-dlq lacking holds 1 event that did not arrive at the hub",
    ]);
  });
});

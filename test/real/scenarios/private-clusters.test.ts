import { randomInt } from "node:crypto";
import { DescribeEventBusCommand, EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { type AwsScope, awsConfig } from "#aws/config";
import { ofType } from "#sst-graph/query";
import { reconcilerIn, wiringWith } from "#stacks/vpcs";
import { makeNetwork, type Network } from "#test/real/aws/network";
import { accountKey } from "#test/real/eks/keys";
import { type Deployed, deploy } from "#test/real/sst/deploy";
import { FLEET, TYPES } from "#test/stacks/graph";

const REGION = "eu-west-1";
const [ACCOUNT, MEMBER, STRANGER] = [newAccount(), newAccount(), newAccount()];
const STAGE = `vpc${randomInt(1e6)}`;

/** The program as it is applied for a fleet with a member account and with private clusters in one VPC. Nothing of it runs. */
describe("an installation with a member and a VPC, applied", () => {
  const endpoint = inject("ministack").url;
  const hub = { region: REGION, endpoint, credentials: accountKey(ACCOUNT) };
  let network: Network;
  let deployed: Deployed;
  let policy: BusPolicy;

  beforeAll(async () => {
    network = await makeNetwork({ endpoint, region: REGION, account: ACCOUNT });
    const { vpc, subnet, securityGroup } = network;
    const place = { account: ACCOUNT, region: REGION, id: vpc, subnets: [subnet], securityGroups: [securityGroup] };
    const found = { vpcId: vpc };
    deployed = await deploy({
      ...{ endpoint, account: ACCOUNT, stage: STAGE, bundles: "fast", schedules: "DISABLED", functionEnvironment: {} },
      fleet: {
        ...FLEET,
        scopes: [ACCOUNT, MEMBER].map((account) => ({ account, regions: [REGION] })),
        principalArn: `arn:aws:iam::${ACCOUNT}:role/musterbook-cluster`,
        observer: { cluster: `arn:aws:eks:${REGION}:${ACCOUNT}:cluster/observer` },
        members: { externalId: "fleet-1", mode: "manage" },
        reach: { vpc: [place] },
      },
      answers: { "aws:ec2/getSubnet:getSubnet": found, "aws:ec2/getSecurityGroup:getSecurityGroup": found },
    });
    const { Policy = "null" } = await new EventBridgeClient(awsConfig(hub)).send(
      new DescribeEventBusCommand({ Name: `musterbook-${STAGE}-hub` }),
    );
    policy = JSON.parse(Policy);
  });

  const lambda = () => new LambdaClient(awsConfig(hub));
  const functionNames = () => ofType(deployed.graph, TYPES.function).map(({ id }) => id);
  const configurationOf = (FunctionName: string): Promise<FunctionConfiguration> =>
    lambda().send(new GetFunctionConfigurationCommand({ FunctionName }));
  const named = (name: string) => `musterbook-${STAGE}-${name}`;

  it("puts the VPC's reconciler into its subnet and security group, and no other function into a VPC", async () => {
    const { vpc, subnet, securityGroup } = network;
    const all = await Promise.all(functionNames().map(configurationOf));
    const attached = all.filter(({ VpcConfig }) => (VpcConfig?.SubnetIds ?? []).length > 0);

    expect(attached.map(({ FunctionName, VpcConfig }) => [FunctionName, VpcConfig])).toEqual([
      [
        named(reconcilerIn(vpc)),
        expect.objectContaining({ VpcId: vpc, SubnetIds: [subnet], SecurityGroupIds: [securityGroup] }),
      ],
    ]);
  });

  it("drives each reconciler by a queue of its own, with a dead-letter queue of its own", async () => {
    const { queues, functions } = wiringWith([network.vpc]);
    const sqs = new SQSClient(awsConfig(hub));
    const arnOf = (queue: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${named(queue)}`;
    for (const name of [reconcilerIn(undefined), reconcilerIn(network.vpc)]) {
      const { EventSourceMappings: mappings = [] } = await lambda().send(
        new ListEventSourceMappingsCommand({ FunctionName: named(name) }),
      );
      const source = functions[name]?.source;
      if (source?.kind !== "queue") throw new Error(`${name} is driven by no queue`);
      expect(mappings.map(({ EventSourceArn }) => EventSourceArn)).toEqual([arnOf(source.queue)]);
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: deployed.queueUrl(source.queue), AttributeNames: ["All"] }),
      );
      expect(JSON.parse(Attributes.RedrivePolicy ?? "{}").deadLetterTargetArn).toBe(
        arnOf(queues[source.queue]?.deadLetterQueue ?? ""),
      );
    }
  });

  it("lets the member's forwarding role, and nobody else, put our events onto the hub's bus, as it is written", () => {
    const bus = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/${named("hub")}`;
    expect(policy.Statement.map(({ Sid: _, ...statement }) => statement)).toEqual([
      {
        Effect: "Allow",
        Action: ["events:PutEvents"],
        Principal: { AWS: [`arn:aws:iam::${MEMBER}:root`] },
        Resource: bus,
        Condition: {
          StringEquals: { "events:source": ["aws.eks", "musterbook.drill", "aws.s3"] },
          ArnLike: { "aws:PrincipalArn": [`arn:aws:iam::${MEMBER}:role/musterbook-forward*`] },
        },
      },
    ]);
  });

  it("lets the member's forwarding role, and nobody else, put our events onto the hub's bus, in fact", async () => {
    const through: boolean[] = [];
    for (const [account, role, source] of [
      [MEMBER, "musterbook-forward-1", "musterbook.drill"],
      [MEMBER, "musterbook-forward-1", "somebody.else"],
      [MEMBER, "another", "musterbook.drill"],
      [STRANGER, "musterbook-forward-1", "musterbook.drill"],
    ] as const) {
      const events = new EventBridgeClient(awsConfig(await sessionOf(account, role)));
      const Entries = [{ EventBusName: policy.Statement[0]?.Resource, Source: source, DetailType: "x", Detail: "{}" }];
      const answer = await events.send(new PutEventsCommand({ Entries })).catch(() => ({ FailedEntryCount: 1 }));
      through.push(answer.FailedEntryCount === 0);
    }
    expect(through).toEqual([true, false, false, false]);
  });

  async function sessionOf(account: string, RoleName: string): Promise<AwsScope> {
    const own = { ...hub, credentials: accountKey(account) };
    const iam = new IAMClient(awsConfig(own));
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: `arn:aws:iam::${account}:root` } };
    const put = { Effect: "Allow", Action: "events:PutEvents", Resource: "*" };
    const document = (Statement: object) => JSON.stringify({ Version: "2012-10-17", Statement: [Statement] });
    // The same role twice is no matter: it is made the same.
    await iam
      .send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }))
      .catch((error: unknown) => expect(error).toMatchObject({ name: "EntityAlreadyExistsException" }));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "put", PolicyDocument: document(put) }));
    const { Credentials: session } = await new STSClient(awsConfig(own)).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${RoleName}`, RoleSessionName: "test" }),
    );
    const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = session ?? {};
    return {
      ...own,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    };
  }
});

interface BusPolicy {
  readonly Statement: readonly { readonly Sid: string; readonly Resource: string }[];
}

function newAccount(): string {
  return String(randomInt(1e11, 1e12 - 1));
}

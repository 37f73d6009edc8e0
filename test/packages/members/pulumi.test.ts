import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { memberProgram } from "#members/pulumi";
import { type Resolved, resolveTemplate } from "#members/resolve";
import { memberTemplate } from "#members/template";
import type { JsonObject, Resource } from "#sst-graph/graph";
import { evaluateProgram } from "#test/packages/sst-graph/project";
import { FLEET } from "#test/stacks/graph";

vi.setConfig({ testTimeout: 600_000 });

const HUB = { account: "111122223333", region: "eu-west-1", partition: "aws", stage: "prod" };
const REGIONS = ["eu-west-1", "us-east-1"];

function optionsOf(fleet: Partial<FleetConfigInput>) {
  return { hub: HUB, config: v.parse(FleetConfig, { ...FLEET, ...fleet }), home: "eu-west-1" };
}

interface Member {
  readonly account: string;
  readonly permissionsBoundary?: string;
}

/** What the rendered program makes of an account, in CloudFormation's words. */
async function madeByProgram(fleet: Partial<FleetConfigInput>, member: Member): Promise<readonly string[]> {
  const program = `export default $config({
    app: () => ({ name: "sample", home: "aws" }),
    async run() {
      const { musterbookMember } = await import("./member");
      musterbookMember(${JSON.stringify({ ...member, regions: REGIONS })});
    },
  });`;
  const files = { "member.ts": memberProgram(optionsOf(fleet)) };
  const graph = await evaluateProgram(program, { account: member.account }, files);
  expect(graph.errors).toEqual([]);
  const made = graph.resources.filter(({ kind }) => kind === "custom");
  const targets = made.filter(({ type }) => type === TARGET);
  return made
    .filter(({ type }) => type !== TARGET)
    .map((one) => lineOf(inCloudFormation(one, targets)))
    .toSorted();
}

const TARGET = "aws:cloudwatch/eventTarget:EventTarget";

function madeByTemplate(fleet: Partial<FleetConfigInput>, { account, permissionsBoundary }: Member): readonly string[] {
  const boundary = permissionsBoundary === undefined ? {} : { boundary: permissionsBoundary };
  const template = memberTemplate(optionsOf(fleet));
  return REGIONS.flatMap((region) =>
    resolveTemplate(template, { account, region, partition: "aws", ...boundary }).map((resource) =>
      lineOf({ ...resource, region: resource.type === "AWS::IAM::Role" ? "everywhere" : region }),
    ),
  ).toSorted();
}

interface Made extends Omit<Resolved, "id"> {
  readonly region: string;
}

/** Two resources are the same where their lines are: type, place, and every property in alphabetical order. */
function lineOf({ type, region, properties }: Made): string {
  return `${type} ${region} ${JSON.stringify(sorted(properties))}`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, one]) => [name, sorted(one)]),
  );
}

const json = (text: unknown): unknown => JSON.parse(String(text));

/** Each kind of resource in the words of the other, field by field; what is not asked for here would be missing there. */
const IN_CLOUD_FORMATION: Readonly<Record<string, (inputs: JsonObject) => readonly [string, Record<string, unknown>]>> =
  {
    "aws:iam/role:Role": ({ name, permissionsBoundary, assumeRolePolicy, inlinePolicies, ...rest }) => [
      "AWS::IAM::Role",
      {
        RoleName: name,
        PermissionsBoundary: permissionsBoundary,
        AssumeRolePolicyDocument: json(assumeRolePolicy),
        Policies: (inlinePolicies as { name: string; policy: string }[]).map((one) => ({
          PolicyName: one.name,
          PolicyDocument: json(one.policy),
        })),
        ...rest,
      },
    ],
    "aws:sqs/queue:Queue": ({ name, messageRetentionSeconds, sqsManagedSseEnabled, ...rest }) => [
      "AWS::SQS::Queue",
      {
        QueueName: name,
        MessageRetentionPeriod: messageRetentionSeconds,
        SqsManagedSseEnabled: sqsManagedSseEnabled,
        ...rest,
      },
    ],
    "aws:sqs/queuePolicy:QueuePolicy": ({ queueUrl, policy, ...rest }) => [
      "AWS::SQS::QueuePolicy",
      { Queues: [queueUrl], PolicyDocument: json(policy), ...rest },
    ],
    "aws:cloudwatch/eventRule:EventRule": ({ name, description, eventPattern, ...rest }) => [
      "AWS::Events::Rule",
      { Name: name, Description: description, EventPattern: json(eventPattern), ...rest },
    ],
    "aws:sns/topic:Topic": ({ name, ...rest }) => ["AWS::SNS::Topic", { TopicName: name, ...rest }],
    "aws:sns/topicPolicy:TopicPolicy": ({ arn, policy, ...rest }) => [
      "AWS::SNS::TopicPolicy",
      { Topics: [arn], PolicyDocument: json(policy), ...rest },
    ],
    "aws:sns/topicSubscription:TopicSubscription": ({ topic, protocol, endpoint, ...rest }) => [
      "AWS::SNS::Subscription",
      { TopicArn: topic, Protocol: protocol, Endpoint: endpoint, ...rest },
    ],
    "aws:cloudwatch/metricAlarm:MetricAlarm": (inputs) => {
      const { name, alarmDescription, alarmActions, okActions, namespace, metricName, dimensions, statistic } = inputs;
      const { period, evaluationPeriods, threshold, comparisonOperator, treatMissingData } = inputs;
      return [
        "AWS::CloudWatch::Alarm",
        {
          AlarmName: name,
          AlarmDescription: alarmDescription,
          AlarmActions: alarmActions,
          OKActions: okActions,
          Namespace: namespace,
          MetricName: metricName,
          Dimensions: Object.entries(dimensions as object).map(([Name, Value]) => ({ Name, Value })),
          Statistic: statistic,
          Period: period,
          EvaluationPeriods: evaluationPeriods,
          Threshold: threshold,
          ComparisonOperator: comparisonOperator,
          TreatMissingData: treatMissingData,
        },
      ];
    },
  };

function inCloudFormation({ type, region: _, inputs, state }: Resource, targets: readonly Resource[]): Made {
  const { region = "everywhere", ...given } = inputs;
  const [name, properties] = IN_CLOUD_FORMATION[type]?.(given) ?? [type, given];
  const own = targets.filter((target) => target.inputs.rule === state.name && target.inputs.region === region);
  const Targets = own.map(({ inputs: { targetId, arn, roleArn, deadLetterConfig, retryPolicy } }) => ({
    Id: targetId,
    Arn: arn,
    RoleArn: roleArn,
    DeadLetterConfig: { Arn: (deadLetterConfig as { arn: string }).arn },
    RetryPolicy: {
      MaximumEventAgeInSeconds: (retryPolicy as { maximumEventAgeInSeconds: number }).maximumEventAgeInSeconds,
      MaximumRetryAttempts: (retryPolicy as { maximumRetryAttempts: number }).maximumRetryAttempts,
    },
  }));
  return { type: name, region: String(region), properties: own.length === 0 ? properties : { ...properties, Targets } };
}

describe("memberProgram", () => {
  const buckets = [{ url: "s3://theirs", account: "444455556666", region: "us-east-1" }];
  const members = { externalId: "fleet-1", mode: "manage" } as const;
  const alerts = { operators: ["a@example.com"] };

  it.each([
    ["that is only observed", {}, { account: "444455556666" }],
    ["that is managed, with buckets and people to tell", { members, buckets, alerts }, { account: "444455556666" }],
    ["without the buckets of another", { members, buckets, alerts }, { account: "777788889999" }],
    [
      "whose roles are bounded",
      { members },
      { account: "444455556666", permissionsBoundary: "arn:aws:iam::444455556666:policy/bound" },
    ],
  ] as const)("makes what the template makes of an account %s", async (_, fleet, member) => {
    const expected = madeByTemplate(fleet as Partial<FleetConfigInput>, member);

    expect(expected.length).toBeGreaterThan(12);
    expect(await madeByProgram(fleet as Partial<FleetConfigInput>, member)).toEqual(expected);
  });
});

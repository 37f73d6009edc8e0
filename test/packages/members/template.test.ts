import { readFileSync } from "node:fs";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { resolveTemplate } from "#members/resolve";
import { memberTemplate } from "#members/template";
import { FLEET } from "#test/stacks/graph";

const HUB = { account: "111122223333", region: "eu-west-1", partition: "aws", stage: "prod" };

const RUNBOOK = readFileSync(new URL("../../../docs/runbook.md", import.meta.url), "utf8");

function templateOf(members?: FleetConfigInput["members"], more: Partial<FleetConfigInput> = {}) {
  const config = v.parse(FleetConfig, { ...FLEET, members, ...more });
  return memberTemplate({ hub: HUB, config, home: "eu-west-1" });
}

const text = (value: unknown) => JSON.stringify(value);

describe("memberTemplate", () => {
  it.each([
    ["observe", ["ObserveRole"]],
    ["register", ["ObserveRole", "RegisterRole"]],
    ["manage", ["ObserveRole", "RegisterRole", "ManageRole"]],
  ] as const)("makes no role above the mode %s", (mode, roles) => {
    const { Resources } = templateOf({ externalId: "fleet-1", mode });
    expect(Object.keys(Resources).filter((name) => /^(?:Observe|Register|Manage)Role$/.test(name))).toEqual(roles);
  });

  it("lets each role be assumed by named functions of the hub, with the external id", () => {
    const { Resources } = templateOf({ externalId: "fleet-1", mode: "manage" });

    expect(Resources).toMatchObject({
      ManageRole: {
        Properties: {
          RoleName: "musterbook-manage",
          AssumeRolePolicyDocument: {
            Statement: [
              {
                Principal: { AWS: ["arn:aws:iam::111122223333:role/musterbook-prod-reconcile-cluster"] },
                Condition: { StringEquals: { "sts:ExternalId": "fleet-1" } },
              },
            ],
          },
        },
      },
    });
    expect(text(Resources)).not.toContain(":root");
  });

  it("lets the manage role give rights inside of clusters to our own role only", () => {
    const { Resources } = templateOf({ externalId: "fleet-1", mode: "manage" });
    const principal = { "eks:principalArn": "arn:aws:iam::111122223333:role/musterbook-cluster" };

    expect(Resources).toMatchObject({
      ManageRole: {
        Properties: {
          Policies: [
            {
              PolicyDocument: {
                Statement: expect.arrayContaining([
                  expect.objectContaining({ Action: "eks:CreateAccessEntry", Condition: { ArnEquals: principal } }),
                  expect.objectContaining({
                    Action: "eks:AssociateAccessPolicy",
                    Condition: { ArnEquals: { ...principal, "eks:policyArn": expect.anything() } },
                  }),
                ]),
              },
            },
          ],
        },
      },
    });
  });

  it("bounds every role when it is told to, and makes them in one region only", () => {
    const { Resources } = templateOf({ externalId: "fleet-1", mode: "manage" });
    const roles = Object.values(Resources).filter(({ Type }) => Type === "AWS::IAM::Role");

    expect(roles).toHaveLength(4);
    for (const role of roles) {
      expect(role).toMatchObject({
        Condition: "IsHome",
        Properties: { PermissionsBoundary: { "Fn::If": expect.anything() } },
      });
    }
  });

  it("sends events to the hub's bus and keeps what does not arrive", () => {
    expect(templateOf().Resources.ClusterEvents).toMatchObject({
      Properties: {
        EventPattern: { source: ["aws.eks", "musterbook.drill"] },
        Targets: [
          {
            Arn: "arn:aws:events:eu-west-1:111122223333:event-bus/musterbook-prod-hub",
            DeadLetterConfig: expect.anything(),
          },
        ],
      },
    });
  });

  it("rings where events wait that did not arrive, by a topic of the member's own with the operators' addresses", () => {
    const { Resources } = templateOf(undefined, { alerts: { operators: ["a@example.com", "b@example.com"] } });
    const alarms = Object.values(Resources).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
    const mails = Object.values(Resources).filter(({ Type }) => Type === "AWS::SNS::Subscription");

    expect(alarms.map(({ Properties }) => Properties.MetricName)).toEqual([
      "ApproximateNumberOfMessagesVisible",
      "ApproximateAgeOfOldestMessage",
    ]);
    for (const { Properties } of alarms) {
      expect(Properties).toMatchObject({
        Dimensions: [{ Name: "QueueName", Value: "musterbook-forward-dlq" }],
        AlarmActions: [{ Ref: "Operations" }],
      });
      expect(RUNBOOK).toContain(`\n### ${/see (\S+)/.exec(String(Properties.AlarmDescription))?.[1]}\n`);
    }
    expect(mails.map(({ Properties }) => Properties.Endpoint)).toEqual(["a@example.com", "b@example.com"]);
  });

  describe("of an account with audited buckets", () => {
    const buckets = [
      { url: "s3://ours" },
      { url: "s3://theirs/prefix", account: "444455556666" },
      { url: "s3://theirs-too", account: "444455556666" },
      { url: "s3://far", account: "444455556666", region: "us-east-1" },
      { url: "s3://no-s3", account: "444455556666", endpoint: "https://s3.example.com" },
    ];
    const template = templateOf(undefined, { buckets });
    const rulesAt = (account: string, region: string) =>
      resolveTemplate(template, { account, region, partition: "aws" })
        .filter(({ properties }) => properties.Name === "musterbook-block-events")
        .map(({ properties }) => properties.EventPattern);

    it("sends on what happens to blocks there, of these buckets only, where they are", () => {
      const of = (...name: readonly string[]) => [
        expect.objectContaining({
          source: ["aws.s3", "musterbook.drill"],
          detail: { object: { key: [{ suffix: "/meta.json" }, { suffix: "-mark.json" }] }, bucket: { name } },
        }),
      ];

      expect(rulesAt("444455556666", "eu-west-1")).toEqual(of("theirs", "theirs-too"));
      expect(rulesAt("444455556666", "us-east-1")).toEqual(of("far"));
      expect(rulesAt("444455556666", "eu-north-1")).toEqual([]);
      expect(rulesAt("777788889999", "eu-west-1")).toEqual([]);
    });

    it("lets both rules leave what does not arrive in the queue", () => {
      const [queue] = resolveTemplate(template, { account: "444455556666", region: "eu-west-1", partition: "aws" })
        .filter(({ type }) => type === "AWS::SQS::QueuePolicy")
        .map(({ properties }) => text(properties));

      expect(queue).toContain('"arn:aws:events:eu-west-1:444455556666:rule/musterbook-*-events"');
    });
  });
});

import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { memberTemplate } from "#members/template";
import { FLEET } from "#test/stacks/graph";

const HUB = { account: "111122223333", region: "eu-west-1", partition: "aws", stage: "prod" };

function templateOf(members?: FleetConfigInput["members"]) {
  return memberTemplate({ hub: HUB, config: v.parse(FleetConfig, { ...FLEET, members }), home: "eu-west-1" });
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
    const { Resources } = templateOf();

    expect(Resources.ClusterEvents.Properties.Targets).toMatchObject([
      {
        Arn: "arn:aws:events:eu-west-1:111122223333:event-bus/musterbook-prod-hub",
        DeadLetterConfig: expect.anything(),
      },
    ]);
    expect(Resources.ClusterEvents.Properties.EventPattern.source).toEqual(["aws.eks", "musterbook.drill"]);
  });
});

import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { FleetConfig } from "#config/fleet-config";
import { RetryableError, TerminalError } from "#fleet/errors";
import { checkMembers, type MemberRow } from "#members/check";
import type { MemberApi, MemberPlace, QueueFound, RoleFound, RuleFound } from "#members/ports";
import { resolveTemplate } from "#members/resolve";
import { statementsOf } from "#members/statements";
import { memberTemplate } from "#members/template";
import { renderMembers, statusOf } from "#report/members";
import { memberPlaces } from "#stacks/regions";
import { FLEET } from "#test/stacks/graph";

const HUB = { account: "111122223333", region: "eu-west-1", partition: "aws", stage: "prod" };
const THEIRS = { account: "444455556666", region: "eu-west-1" };
const FAR = { account: "444455556666", region: "us-east-1" };
const OTHER = { account: "777788889999", region: "eu-west-1" };

const config = v.parse(FleetConfig, {
  ...FLEET,
  scopes: [
    ...FLEET.scopes,
    { account: THEIRS.account, regions: [THEIRS.region, FAR.region] },
    { account: OTHER.account, regions: [OTHER.region] },
  ],
  buckets: [{ url: "s3://theirs", account: THEIRS.account, region: FAR.region }],
  members: { externalId: "fleet-1", mode: "manage" },
});
const template = memberTemplate({ hub: HUB, config, home: "eu-west-1" });

type Fields = Readonly<Record<string, unknown>>;
interface Target extends Fields {
  readonly Arn: string;
  readonly RoleArn: string;
  readonly DeadLetterConfig: { readonly Arn: string };
}

/** What an account has to which the template was applied. */
function applied(at: MemberPlace, name: string): Fields | undefined {
  const here = resolveTemplate(template, { ...at, partition: "aws" });
  const home = resolveTemplate(template, { ...at, region: "eu-west-1", partition: "aws" });
  const all = [...here, ...home.filter(({ type }) => type === "AWS::IAM::Role")];
  return all.find(({ properties: { RoleName, Name, QueueName } }) => [RoleName, Name, QueueName].includes(name))
    ?.properties;
}

const HEALTHY: MemberApi = {
  role: async (at, name) => {
    const { AssumeRolePolicyDocument, Policies } = applied(at, name) ?? {};
    const policies = Policies as readonly { readonly PolicyDocument: unknown }[];
    return {
      trust: statementsOf(AssumeRolePolicyDocument),
      rights: policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument)),
      boundary: null,
    };
  },
  rule: async (at, name) => {
    const { EventPattern: pattern, Targets } = applied(at, name) ?? {};
    const targets = (Targets as readonly Target[]).map(({ Arn, RoleArn, DeadLetterConfig }) => ({
      arn: Arn,
      roleArn: RoleArn,
      deadLetters: DeadLetterConfig.Arn,
    }));
    return { enabled: true, pattern, targets };
  },
  queue: async (at) => {
    const policy = resolveTemplate(template, { ...at, partition: "aws" }).find(
      ({ type }) => type === "AWS::SQS::QueuePolicy",
    );
    return { waiting: 0, policy: statementsOf(policy?.properties.PolicyDocument) };
  },
};

function checked(api: Partial<MemberApi> = {}, boundary?: string): Promise<readonly MemberRow[]> {
  return checkMembers({
    ...{ template, partition: "aws", home: "eu-west-1", boundary },
    api: { ...HEALTHY, ...api },
    places: memberPlaces({ config, fleet: config, ...HUB }),
    onRow: () => undefined,
  });
}

async function factsOf(api: Partial<MemberApi>, boundary?: string): Promise<readonly string[]> {
  const [first] = await checked(api, boundary);
  return (first?.findings ?? []).flatMap(({ what, facts }) => facts.map((fact) => `${what} ${fact}`));
}

const roleWith = (change: (role: RoleFound) => RoleFound | undefined): Partial<MemberApi> => ({
  role: async (at, name) => {
    const found = await HEALTHY.role(at, name);
    return name === "musterbook-manage" && found !== undefined ? change(found) : found;
  },
});
const ruleWith = (change: (rule: RuleFound) => RuleFound | undefined): Partial<MemberApi> => ({
  rule: async (at, name) => {
    const found = await HEALTHY.rule(at, name);
    return found && change(found);
  },
});
const queueWith = (change: (queue: QueueFound) => QueueFound | undefined): Partial<MemberApi> => ({
  queue: async (at, name) => {
    const found = await HEALTHY.queue(at, name);
    return found && change(found);
  },
});

describe("checkMembers", () => {
  it("looks at every account and region but the hub's, once each", async () => {
    const rows = await checked();

    expect(rows.map(({ account, region }) => ({ account, region }))).toEqual([THEIRS, FAR, OTHER]);
    expect(rows.map(statusOf)).toEqual(["complete", "complete", "complete"]);
  });

  it("wants the rule for blocks where the buckets are, and all roles of the mode everywhere", async () => {
    const [here, far] = await checked();
    const roles = ["forward", "observe", "register", "manage"].map((mode) => `role musterbook-${mode}`);
    const queue = "queue musterbook-forward-dlq";

    expect(here?.findings.map(({ what }) => what)).toEqual(["rule musterbook-cluster-events", ...roles, queue]);
    expect(far?.findings.map(({ what }) => what)).toEqual([
      "rule musterbook-cluster-events",
      "rule musterbook-block-events",
      ...roles,
      queue,
    ]);
  });

  const trusting = (change: (one: RoleFound["trust"][number]) => RoleFound["trust"][number]) =>
    roleWith((role) => ({ ...role, trust: role.trust.map(change) }));
  const RECONCILER = "arn:aws:iam::111122223333:role/musterbook-prod-reconcile-cluster";

  it.each([
    ["a role that is not there", roleWith(() => undefined), "role musterbook-manage is missing"],
    [
      "a trust in somebody else",
      trusting((one) => ({ ...one, principals: ["AWS:arn:aws:iam::999999999999:root"] })),
      `role musterbook-manage does not trust ${RECONCILER}`,
    ],
    [
      "a trust in somebody besides",
      trusting((one) => ({ ...one, principals: [...one.principals, "AWS:arn:aws:iam::999999999999:root"] })),
      "role musterbook-manage trusts arn:aws:iam::999999999999:root besides",
    ],
    [
      "another external id",
      trusting((one) => ({ ...one, conditions: ["StringEquals sts:ExternalId = old"] })),
      "role musterbook-manage asks for the external id old and not for the external id fleet-1",
    ],
    [
      "no external id",
      trusting((one) => ({ ...one, conditions: [] })),
      "role musterbook-manage asks for no external id and not for the external id fleet-1",
    ],
    [
      "a right too few",
      roleWith((role) => ({ ...role, rights: role.rights.slice(1) })),
      "role musterbook-manage may not eks:DescribeCluster on arn:aws:eks:*:444455556666:cluster/*",
    ],
    [
      "a right too many",
      roleWith((role) => ({
        ...role,
        rights: [
          ...role.rights,
          { effect: "Allow", principals: [], actions: ["eks:*"], resources: ["*"], conditions: [] },
        ],
      })),
      "role musterbook-manage may eks:* on *, which Musterbook does not ask for",
    ],
    ["no rule", ruleWith(() => undefined), "rule musterbook-cluster-events is missing"],
    [
      "a rule that is off",
      ruleWith((rule) => ({ ...rule, enabled: false })),
      "rule musterbook-cluster-events is switched off",
    ],
    [
      "a rule of an older release",
      ruleWith((rule) => ({ ...rule, pattern: { source: ["aws.eks"] } })),
      "rule musterbook-cluster-events has another pattern",
    ],
    [
      "a rule for another hub",
      ruleWith((rule) => ({ ...rule, targets: [] })),
      "rule musterbook-cluster-events does not send to arn:aws:events:eu-west-1:111122223333:event-bus/musterbook-prod-hub",
    ],
    [
      "a rule that sends as nobody",
      ruleWith((rule) => ({ ...rule, targets: rule.targets.map((one) => ({ ...one, roleArn: null })) })),
      "rule musterbook-cluster-events sends as nobody and not as arn:aws:iam::444455556666:role/musterbook-forward",
    ],
    [
      "a rule that loses events",
      ruleWith((rule) => ({ ...rule, targets: rule.targets.map((one) => ({ ...one, deadLetters: null })) })),
      "rule musterbook-cluster-events loses what it cannot send: it has no dead-letter queue of ours",
    ],
    ["no queue", queueWith(() => undefined), "queue musterbook-forward-dlq is missing"],
    [
      "a queue that takes nothing",
      queueWith((queue) => ({ ...queue, policy: [] })),
      "queue musterbook-forward-dlq does not let the rules put anything into it",
    ],
    [
      "an event that waits",
      queueWith((queue) => ({ ...queue, waiting: 1 })),
      "queue musterbook-forward-dlq holds 1 event that did not arrive at the hub",
    ],
  ])("finds %s", async (_, api, fact) => {
    expect(await factsOf(api)).toContain(fact);
  });

  it("asks for a boundary only where it is told one", async () => {
    const bound = "arn:aws:iam::444455556666:policy/bound";
    const bounded = roleWith((role) => ({ ...role, boundary: bound }));

    expect(await factsOf(bounded)).toEqual([]);
    expect(await factsOf({}, bound)).toContain(`role musterbook-manage is bounded by nothing and not by ${bound}`);
  });

  it("tells what it may not look at, and goes on", async () => {
    const denied = new TerminalError("access denied; iam:GetRole is missing", { remedy: "Allow iam:GetRole." });
    const busy = new RetryableError("throttled", { remedy: "Run it again." });
    const rows = await checked({
      role: async (at, name) => {
        if (at.account === THEIRS.account) throw denied;
        return HEALTHY.role(at, name);
      },
      queue: async (at, name) => {
        if (at.account === OTHER.account) throw busy;
        return HEALTHY.queue(at, name);
      },
    });

    expect(rows.map(statusOf)).toEqual(["refused", "refused", "refused"]);
    expect(rows[0]?.findings.find(({ kind }) => kind === "role")).toMatchObject({
      status: "refused",
      facts: ["access denied; iam:GetRole is missing"],
      remedy: "Allow iam:GetRole.",
    });
    expect(rows[2]?.findings.filter(({ status }) => status === "ok")).toHaveLength(5);
  });

  it("never hides a defect", async () => {
    const rule = () => Promise.reject(new TypeError("a defect"));
    await expect(checked({ rule })).rejects.toThrow("a defect");
  });
});

describe("renderMembers", () => {
  it("shows a row per account and region, with a note for each thing that is wrong and what to do", async () => {
    const rows = await checked({
      ...ruleWith((rule) => ({ ...rule, enabled: false })),
      queue: async (at, name) => {
        if (at.account === OTHER.account)
          throw new TerminalError("access denied", { remedy: "Allow sqs:GetQueueUrl." });
        return HEALTHY.queue(at, name);
      },
    });
    const lines = renderMembers(rows, { width: 80 }).split("\n");

    expect(lines.slice(0, 6)).toEqual([
      "3 regions of 2 accounts: 3 lacking something",
      "",
      "ACCOUNT       REGION     EVENTS     ROLES  UNDELIVERED",
      "444455556666  eu-west-1  no (1)     yes    yes",
      "444455556666  us-east-1  no (2, 3)  yes    yes",
      "777788889999  eu-west-1  no (4)     yes    ? (5)",
    ]);
    expect(lines.join(" ").replace(/\s+/g, " ")).toContain(
      "(1) 444455556666 eu-west-1, rule musterbook-cluster-events: is switched off. Update the StackSet",
    );
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  it("says so where there is no other account", () => {
    expect(renderMembers([], { width: 80 })).toBe("No member: every account of the configuration is the hub's.\n");
  });
});

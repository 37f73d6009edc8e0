import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import * as v from "valibot";
import { client, type Make, maker, maybe, text } from "#test/real/sst/maker";

const Role = v.object({
  name: maybe,
  namePrefix: maybe,
  assumeRolePolicy: text,
  inlinePolicies: v.optional(v.array(v.object({ name: text, policy: text })), []),
});

/** Roles with their policies. */
export const identity: Readonly<Record<string, Make>> = {
  "aws:iam/role:Role": maker(Role, async (inputs, { name, place }) => {
    const iam = client(IAMClient, place);
    const RoleName = inputs.name ?? `${inputs.namePrefix ?? ""}${name}`;
    const AssumeRolePolicyDocument = inputs.assumeRolePolicy;
    const { Role: made } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    await putPolicies(iam, RoleName, inputs.inlinePolicies);
    return { id: RoleName, state: { name: RoleName, arn: made?.Arn ?? "" } };
  }),
};

/** Its policies are what changes of a role. */
export const changeRole: Make = maker(Role, async (inputs, { name, place }) => {
  await putPolicies(
    client(IAMClient, place),
    inputs.name ?? `${inputs.namePrefix ?? ""}${name}`,
    inputs.inlinePolicies,
  );
  return undefined;
});

async function putPolicies(
  iam: IAMClient,
  RoleName: string,
  policies: v.InferOutput<typeof Role>["inlinePolicies"],
): Promise<void> {
  for (const { name: PolicyName, policy } of policies) {
    const PolicyDocument = JSON.stringify(asJudged(v.parse(Policy, JSON.parse(policy))));
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  }
}

const Policy = v.looseObject({ Statement: v.array(v.looseObject({ Action: v.union([text, v.array(text)]) })) });

/** Actions of which ministack knows neither the resource nor the condition keys: it judges them as of `*`, or of the cluster. */
const ACTIONS_ALONE = [
  "eks:AssociateAccessPolicy",
  "eks:CreateAccessEntry",
  "eks:ListAssociatedAccessPolicies",
  "route53:GetChange",
];

function asJudged(policy: v.InferOutput<typeof Policy>): object {
  const Statement = policy.Statement.map((statement) => {
    const isAlone = [statement.Action].flat().every((action) => ACTIONS_ALONE.includes(action));
    return isAlone ? { ...statement, Resource: "*", Condition: undefined } : statement;
  });
  return { ...policy, Statement };
}

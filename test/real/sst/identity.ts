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
  for (const { name: PolicyName, policy: PolicyDocument } of policies) {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  }
}

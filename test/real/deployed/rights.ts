import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import * as v from "valibot";
import { type AwsScope, awsConfig } from "#aws/config";

const Texts = v.union([v.string(), v.array(v.string())]);
const Document = v.looseObject({ Statement: v.array(v.looseObject({ Action: Texts })) });

/** Takes an action out of all policies of a role, which must have it; gives what puts it back. */
export async function withhold(hub: AwsScope, RoleName: string, action: string): Promise<() => Promise<void>> {
  const iam = new IAMClient(awsConfig(hub));
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const found = await Promise.all(
    PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))),
  );
  let taken = 0;
  for (const { PolicyName, PolicyDocument = "" } of found) {
    const document = v.parse(Document, JSON.parse(decodeURIComponent(PolicyDocument)));
    const Statement = document.Statement.flatMap((statement) => {
      const actions = [statement.Action].flat();
      const Action = actions.filter((one) => one !== action);
      taken += actions.length - Action.length;
      return Action.length === 0 ? [] : [{ ...statement, Action }];
    });
    await put(PolicyName, JSON.stringify({ ...document, Statement }));
  }
  if (taken === 0) throw new Error(`${RoleName} may not ${action} as it is`);
  return async () => {
    for (const { PolicyName, PolicyDocument = "" } of found) await put(PolicyName, decodeURIComponent(PolicyDocument));
  };

  async function put(PolicyName: string | undefined, PolicyDocument: string): Promise<void> {
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
  }
}

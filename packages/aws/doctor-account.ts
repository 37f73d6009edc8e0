import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from "@aws-sdk/client-iam";
import { GetAccountSettingsCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListSubscriptionsByTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import * as v from "valibot";
import { answerOf } from "#aws/answer";
import { type AwsAttempt, awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import { allPages } from "#aws/pages";
import { understood } from "#aws/understood";
import type { Facts, Identity, Subscription } from "#doctor/facts";
import { partitionOf } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";

type AccountFacts = Pick<Facts, "identity" | "time" | "denied" | "concurrency" | "subscriptions">;

/** What STS, IAM, Lambda and SNS tell of the account whose credentials are used. */
export function accountFacts(scope: AwsScope): AccountFacts {
  const iam = new IAMClient(awsConfig(scope));
  const identity = () => identityOf(scope);
  return {
    identity,
    time: () => timeOf(scope),
    denied: async ({ arn }, actions) => denied(iam, await principalOf(iam, arn), actions),
    concurrency: () => concurrencyOf(scope),
    subscriptions: async (topic) => subscriptionsOf(scope, { ...topic, account: (await identity()).account }),
  };
}

async function asked<T>(attempt: AwsAttempt, call: () => Promise<T>): Promise<T> {
  return call().catch((cause: unknown) => {
    throw awsError(cause, attempt);
  });
}

const WHO: AwsAttempt = { what: "cannot tell who you are", action: "sts:GetCallerIdentity", resource: "*" };

async function identityOf(scope: AwsScope): Promise<Identity> {
  const answer = await asked(WHO, () => new STSClient(awsConfig(scope)).send(new GetCallerIdentityCommand({})));
  return { account: answer.Account ?? "", arn: answer.Arn ?? "" };
}

/** Every answer says its time; the SDK corrects its own clock by it without a word. */
async function timeOf(scope: AwsScope): Promise<Date> {
  const client = new STSClient(awsConfig(scope));
  let date: string | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      date = dateOf(result.response);
      return result;
    },
    { step: "deserialize" },
  );
  await asked(WHO, () => client.send(new GetCallerIdentityCommand({})));
  if (date !== undefined) return new Date(date);
  throw new TerminalError("AWS's answer has no date", {
    reason: "unreadable",
    remedy: "Check that no proxy changes the answers of AWS.",
  });
}

const Response = v.object({ headers: v.object({ date: v.string() }) });

function dateOf(response: unknown): string | undefined {
  const parsed = v.safeParse(Response, response);
  return parsed.success ? parsed.output.headers.date : undefined;
}

/** Policies are simulated for a role, and a session does not tell the path of its own. */
async function principalOf(iam: IAMClient, arn: string): Promise<string | undefined> {
  if (/:(?:user|role)\//.test(arn)) return arn;
  const name = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  if (name === undefined) return undefined;
  const attempt = { what: `cannot look at your role ${name}`, action: "iam:GetRole", resource: `role/${name}` };
  const { Role } = await asked(attempt, () => iam.send(new GetRoleCommand({ RoleName: name })));
  return Role?.Arn;
}

const Results = v.object({
  EvaluationResults: v.array(v.object({ EvalActionName: v.string(), EvalDecision: v.string() })),
  IsTruncated: v.optional(v.boolean(), false),
  Marker: v.optional(v.string()),
});

/** None of the account's root, which may everything. */
async function denied(
  iam: IAMClient,
  principal: string | undefined,
  actions: readonly string[],
): Promise<readonly string[]> {
  if (principal === undefined) return [];
  const what = `cannot simulate what ${principal} may do`;
  const attempt = { what, action: "iam:SimulatePrincipalPolicy", resource: principal };
  const results = await allPages(what, async (marker) => {
    const next = marker === undefined ? {} : { Marker: marker };
    const request = { PolicySourceArn: principal, ActionNames: [...actions], ...next };
    const answer = await asked(attempt, () => iam.send(new SimulatePrincipalPolicyCommand(request)));
    const page = understood(what, Results, answer);
    return { items: page.EvaluationResults, next: page.IsTruncated ? page.Marker : undefined };
  });
  return results.filter(({ EvalDecision }) => EvalDecision !== "allowed").map(({ EvalActionName }) => EvalActionName);
}

async function concurrencyOf(scope: AwsScope) {
  const attempt = { what: "cannot read Lambda's limits", action: "lambda:GetAccountSettings", resource: "*" };
  const { AccountLimit } = await asked(attempt, () =>
    new LambdaClient(awsConfig(scope)).send(new GetAccountSettingsCommand({})),
  );
  const { ConcurrentExecutions: limit = 0, UnreservedConcurrentExecutions: unreserved = 0 } = AccountLimit ?? {};
  return { limit, unreserved };
}

const Subscriptions = v.object({
  Subscriptions: v.optional(
    v.array(v.object({ Endpoint: v.string(), Protocol: v.string(), SubscriptionArn: v.string() })),
    [],
  ),
  NextToken: v.optional(v.string()),
});

async function subscriptionsOf(
  scope: AwsScope,
  { account, region, name }: { readonly account: string; readonly region: string; readonly name: string },
): Promise<readonly Subscription[] | undefined> {
  const TopicArn = `arn:${partitionOf(region)}:sns:${region}:${account}:${name}`;
  const client = new SNSClient(awsConfig({ ...scope, region }));
  const what = `cannot list the subscriptions of ${name}`;
  const attempt = { what, action: "sns:ListSubscriptionsByTopic", resource: TopicArn };
  try {
    const found = await allPages(what, async (token) => {
      const request = { TopicArn, ...(token === undefined ? {} : { NextToken: token }) };
      const answer = await client.send(new ListSubscriptionsByTopicCommand(request));
      const page = understood(what, Subscriptions, answer);
      return { items: page.Subscriptions, next: page.NextToken };
    });
    return found.map(({ Endpoint: endpoint, Protocol: protocol, SubscriptionArn }) => ({
      ...{ endpoint, protocol },
      confirmed: SubscriptionArn.startsWith("arn:"),
    }));
  } catch (cause) {
    if (/^NotFound/.test(answerOf(cause).code)) return undefined;
    throw awsError(cause, attempt);
  }
}

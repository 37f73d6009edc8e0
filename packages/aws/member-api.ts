import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from "@aws-sdk/client-eventbridge";
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from "@aws-sdk/client-iam";
import { GetQueueAttributesCommand, GetQueueUrlCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { AwsAccounts } from "#aws/accounts";
import { answerOf } from "#aws/answer";
import { type AwsAttempt, awsError } from "#aws/aws-error";
import { clientPerScope } from "#aws/clients";
import { awsConfig } from "#aws/config";
import type { MemberApi, MemberPlace, Statement } from "#members/ports";
import { statementsOf } from "#members/statements";

/** What members have, by IAM, EventBridge and SQS. Errors as `awsError`. */
export function awsMembers(accounts: Pick<AwsAccounts, "reach">): MemberApi {
  const iam = clientPerScope(accounts, (scope) => new IAMClient(awsConfig(scope)));
  const events = clientPerScope(accounts, (scope) => new EventBridgeClient(awsConfig(scope)));
  const sqs = clientPerScope(accounts, (scope) => new SQSClient(awsConfig(scope)));
  return {
    role: async (at, name) => roleOf(await iam(at), at, name),
    rule: async (at, name) => ruleOf(await events(at), at, name),
    queue: async (at, name) => queueOf(await sqs(at), at, name),
  };
}

const NOT_THERE = new Set([
  "NoSuchEntity",
  "NoSuchEntityException",
  "ResourceNotFoundException",
  "QueueDoesNotExist",
  "AWS.SimpleQueueService.NonExistentQueue",
]);

/** The answer, or undefined where AWS says that there is no such thing. */
async function asked<T>(attempt: AwsAttempt, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (cause) {
    if (NOT_THERE.has(answerOf(cause).code)) return undefined;
    throw awsError(cause, attempt);
  }
}

function attempt(at: MemberPlace, action: string, what: string): AwsAttempt {
  return { what: `cannot look at ${what} of ${at.account} ${at.region}`, action, resource: what };
}

async function roleOf(client: IAMClient, at: MemberPlace, name: string) {
  const what = `role ${name}`;
  const answer = await asked(attempt(at, "iam:GetRole", what), () =>
    client.send(new GetRoleCommand({ RoleName: name })),
  );
  if (answer?.Role === undefined) return undefined;
  const { AssumeRolePolicyDocument: trust, PermissionsBoundary: boundary } = answer.Role;
  const rights = await rightsOf(client, at, name);
  return {
    trust: encoded(trust),
    rights,
    boundary: boundary?.PermissionsBoundaryArn ?? null,
  };
}

async function rightsOf(client: IAMClient, at: MemberPlace, name: string): Promise<readonly Statement[]> {
  const what = `role ${name}`;
  const listed = await asked(attempt(at, "iam:ListRolePolicies", what), () =>
    client.send(new ListRolePoliciesCommand({ RoleName: name, MaxItems: 100 })),
  );
  const rights: Statement[] = [];
  for (const policy of listed?.PolicyNames ?? []) {
    const answer = await asked(attempt(at, "iam:GetRolePolicy", what), () =>
      client.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: policy })),
    );
    rights.push(...encoded(answer?.PolicyDocument));
  }
  return rights;
}

/** IAM gives policies as JSON in the encoding of URLs. */
function encoded(document: string | undefined): readonly Statement[] {
  return statementsOf(parsed(decodeURIComponent(document ?? "")));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function ruleOf(client: EventBridgeClient, at: MemberPlace, name: string) {
  const what = `rule ${name}`;
  const rule = await asked(attempt(at, "events:DescribeRule", what), () =>
    client.send(new DescribeRuleCommand({ Name: name })),
  );
  if (rule === undefined) return undefined;
  const { Targets = [] } =
    (await asked(attempt(at, "events:ListTargetsByRule", what), () =>
      client.send(new ListTargetsByRuleCommand({ Rule: name })),
    )) ?? {};
  return {
    enabled: rule.State !== "DISABLED",
    pattern: parsed(rule.EventPattern ?? ""),
    targets: Targets.map(({ Arn = "", RoleArn, DeadLetterConfig }) => ({
      arn: Arn,
      roleArn: RoleArn ?? null,
      deadLetters: DeadLetterConfig?.Arn ?? null,
    })),
  };
}

async function queueOf(client: SQSClient, at: MemberPlace, name: string) {
  const what = `queue ${name}`;
  const found = await asked(attempt(at, "sqs:GetQueueUrl", what), () =>
    client.send(new GetQueueUrlCommand({ QueueName: name })),
  );
  if (found === undefined) return undefined;
  const { Attributes = {} } =
    (await asked(attempt(at, "sqs:GetQueueAttributes", what), () =>
      client.send(
        new GetQueueAttributesCommand({
          QueueUrl: found.QueueUrl,
          AttributeNames: ["ApproximateNumberOfMessages", "Policy"],
        }),
      ),
    )) ?? {};
  const { ApproximateNumberOfMessages: waiting = "0", Policy = "" } = Attributes;
  return { waiting: Number(waiting), policy: statementsOf(parsed(Policy)) };
}

import type { FleetConfigInput } from "#config/fleet-config";
import type { InstallationConfigInput } from "#config/installation-config";
import { type EvaluateOptions, evaluate } from "#sst-graph/evaluate";
import type { Graph, Resource } from "#sst-graph/graph";
import { ofType } from "#sst-graph/query";
import { platform, ROOT } from "#test/stacks/platform";

/** What is in the account already, as the program looks it up. */
export const THERE = {
  "aws:route53/getZone:getZone": { zoneId: "Z0123456789ABCDEFGHIJ" },
  "aws:secretsmanager/getSecret:getSecret": {
    arn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:musterbook/slack-webhook-AbCdEf",
  },
  "aws:s3/getBucket:getBucket": { bucketRegion: "eu-west-1" },
  "aws:ec2/getSubnet:getSubnet": { vpcId: "vpc-0abc" },
  "aws:ec2/getSecurityGroup:getSecurityGroup": { vpcId: "vpc-0abc" },
};

/** The graph of this project's own program. */
export async function graphOf(stage: string, options: Partial<EvaluateOptions> = {}): Promise<Graph> {
  const answers = { ...THERE, ...options.answers };
  return evaluate({ root: ROOT, stage, platform: await platform(), ...options, answers });
}

/** The graph of an installation for a fleet. */
export function graphFor(fleet: InstallationConfigInput, options: Partial<EvaluateOptions> = {}): Promise<Graph> {
  const environment = { FLEET: JSON.stringify(fleet) };
  return graphOf("prod", { config: "test/stacks/programs/fleet.config.ts", environment, ...options });
}

/** A fleet that is small and complete. */
export const FLEET = {
  scopes: [{ account: "111122223333", regions: ["eu-west-1"] }],
  zone: "obs.internal.example.com",
  principalArn: "arn:aws:iam::111122223333:role/musterbook-cluster",
  observer: { cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer" },
  buckets: [{ url: "s3://example-blocks" }],
} as const satisfies FleetConfigInput;

export const TYPES = {
  queue: "aws:sqs/queue:Queue",
  queuePolicy: "aws:sqs/queuePolicy:QueuePolicy",
  topic: "aws:sns/topic:Topic",
  subscription: "aws:sns/topicSubscription:TopicSubscription",
  rule: "aws:cloudwatch/eventRule:EventRule",
  target: "aws:cloudwatch/eventTarget:EventTarget",
  alarm: "aws:cloudwatch/metricAlarm:MetricAlarm",
  function: "aws:lambda/function:Function",
  mapping: "aws:lambda/eventSourceMapping:EventSourceMapping",
  async: "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  schedule: "aws:scheduler/schedule:Schedule",
  role: "aws:iam/role:Role",
  table: "aws:dynamodb/table:Table",
  bucket: "aws:s3/bucket:Bucket",
} as const;

export interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** The statements of a policy as AWS gets it; Pulumi's own helper writes a single action as text. */
export function statementsOf(policy: unknown): readonly Statement[] {
  const { Statement: statements } = JSON.parse(String(policy)) as { Statement: readonly Statement[] };
  return statements.map((one) => ({ ...one, Action: [one.Action].flat() }));
}

/** What the inline policies of a role allow. */
export function allowedBy(role: Resource): readonly Statement[] {
  const policies = (role.inputs.inlinePolicies ?? []) as readonly { readonly policy: string }[];
  return policies.flatMap(({ policy }) => statementsOf(policy));
}

/** A function of the wiring with its role. */
export function functionWithRole(graph: Graph, name: string): { readonly fn: Resource; readonly role: Resource } {
  const fn = ofType(graph, TYPES.function).find(({ id }) => id.endsWith(`-${name}`));
  const role = ofType(graph, TYPES.role).find(({ state }) => state.arn === fn?.inputs.role);
  if (fn === undefined || role === undefined) throw new Error(`the graph has no function ${name} with a role`);
  return { fn, role };
}

/** ARNs of everything in the graph that has one. */
export function arnsOf(graph: Graph): ReadonlySet<string> {
  return new Set(graph.resources.flatMap(({ state }) => [state.arn, state.streamArn]).filter(isText));
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

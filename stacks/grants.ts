import { parseS3Url } from "#aws/s3-url";
import type { FleetConfig } from "#config/fleet-config";
import { parseClusterArn } from "#fleet/cluster";
import { type Events, needed } from "#stacks/events";
import { type FleetTarget, type Grant, grantsOf, NETWORK_GRANTS, type Target } from "#stacks/permissions";
import type { Stage } from "#stacks/stage";
import type { Storage } from "#stacks/storage";
import { functionOf, type InstanceName, looksIn, vpcOf } from "#stacks/vpcs";

type Text = string | $util.Output<string>;

/** What a stage has, for its functions to be allowed and to find. */
export interface Made extends Events, Storage {
  /** Of the private hosted zone; undefined where nothing is onboarded. */
  readonly zoneId: string | undefined;
  readonly slackSecretArn: string | undefined;
}

/** The statements of a function's policy. What has no resource in this stage is left out. */
export function statementsOf(stage: Stage, made: Made, name: InstanceName): sst.aws.FunctionPermissionArgs[] {
  const allowed = grantsOf(name)
    .map(({ actions, on, condition }) => ({
      actions: [...actions],
      resources: [...arnsOf(stage, made, { on, name })],
      ...(condition === undefined || stage.fleet === undefined
        ? {}
        : { conditions: conditionsOf(stage, stage.fleet, condition) }),
    }))
    .filter(({ resources }) => resources.length > 0);
  return vpcOf(name) === undefined ? allowed : [...allowed, ...keptFromCode(stage, made, name)];
}

/** The rights that Lambda needs to put a function into a VPC are no rights of the function's own code. */
function keptFromCode(stage: Stage, made: Made, name: InstanceName) {
  const { partition, region, account } = stage;
  const own = `arn:${partition}:lambda:${region}:${account}:function:${stage.name(name)}`;
  return NETWORK_GRANTS.map(({ actions, on }) => ({
    effect: "deny" as const,
    actions: [...actions],
    resources: [...arnsOf(stage, made, { on, name })],
    conditions: [{ test: "ArnEquals", variable: "lambda:SourceFunctionArn", values: [own] }],
  }));
}

interface Asked {
  readonly on: Target;
  readonly name: InstanceName;
}

function arnsOf(stage: Stage, made: Made, { on, name }: Asked): readonly Text[] {
  const { partition, config, fleet } = stage;
  if (on.startsWith("queue:")) return [needed(made.queues, on.slice("queue:".length)).arn];
  if (on.startsWith("topic:")) return [needed(made.topics, on.slice("topic:".length)).arn];
  if (on.startsWith("state:")) return [$interpolate`${made.state.arn}/${on.slice("state:".length)}`];
  const kind = on as Exclude<Target, `${string}:${string}`>;
  switch (kind) {
    case "looks":
      return [undefined, ...stage.vpcs].map((vpc) => needed(made.queues, looksIn(vpc?.id)).arn);
    case "network":
      return [`arn:${partition}:ec2:${stage.region}:${stage.account}:*/*`];
    case "table":
      return [made.table.arn];
    case "indexes":
      return [$interpolate`${made.table.arn}/index/*`];
    case "stream":
      return [made.table.nodes.table.streamArn];
    case "state":
      return [made.state.arn];
    case "audited":
      return audited(config.buckets).map(({ bucket }) => `arn:${partition}:s3:::${bucket}`);
    case "audited/*":
      return audited(config.buckets).map(({ bucket, prefix }) => `arn:${partition}:s3:::${bucket}/${prefix}*`);
    case "slack-secret":
      return made.slackSecretArn === undefined ? [] : [made.slackSecretArn];
    case "zone":
      return made.zoneId === undefined ? [] : [`arn:${partition}:route53:::hostedzone/${made.zoneId}`];
    case "zone-changes":
      return [`arn:${partition}:route53:::change/*`];
    case "everything":
      return ["*"];
    default:
      return fleet === undefined ? [] : arnsOfFleet(stage, fleet, { on: kind, name });
  }
}

function arnsOfFleet(
  stage: Stage,
  fleet: FleetConfig,
  { on, name }: { readonly on: FleetTarget; readonly name: InstanceName },
): readonly string[] {
  const { partition, account } = stage;
  const observer = parseClusterArn(fleet.observer.cluster)?.account ?? "";
  const isOwn = observer === account;
  const inRegions = (resource: string) =>
    ownRegions(fleet, account).map((region) => `arn:${partition}:eks:${region}:${account}:${resource}/*`);
  switch (on) {
    case "member-roles":
      return memberRoles(stage, fleet, name);
    case "clusters":
      return inRegions("cluster");
    case "access-entries":
      return inRegions("access-entry");
    case "observer":
      return isOwn ? [fleet.observer.cluster] : [];
    case "observer-role":
      return isOwn ? [] : memberRoles(stage, fleet, name).filter((role) => role.includes(`:${observer}:`));
    case "cluster-role":
      return [fleet.principalArn];
  }
}

function audited(buckets: Stage["config"]["buckets"]) {
  const onS3 = buckets.filter(({ url, endpoint }) => url.startsWith("s3://") && endpoint === undefined);
  return onS3.map(({ url }) => parseS3Url(url));
}

function ownRegions({ scopes }: FleetConfig, account: string): readonly string[] {
  return [...new Set(scopes.filter((scope) => scope.account === account).flatMap(({ regions }) => regions))];
}

/** Roles of other accounts. Named, so that nothing else there can be assumed. */
function memberRoles({ account, partition }: Stage, fleet: FleetConfig, name: InstanceName): readonly string[] {
  const others = new Set(fleet.scopes.map((scope) => scope.account).filter((other) => other !== account));
  return [...others].map((other) => `arn:${partition}:iam::${other}:role/${memberRole(fleet, name)}`);
}

/** One role per mode; only what changes clusters works as more than `musterbook-observe`. */
export function memberRole({ members }: FleetConfig, name: InstanceName): string {
  return `musterbook-${functionOf(name) === "reconcile-cluster" ? (members?.mode ?? "observe") : "observe"}`;
}

/** Rights inside of clusters may be given to our own role only, and only by one policy of EKS's. */
function conditionsOf({ partition }: Stage, { principalArn }: FleetConfig, condition: NonNullable<Grant["condition"]>) {
  const role = { test: "ArnEquals", variable: "eks:principalArn", values: [principalArn] };
  const policy = `arn:${partition}:eks::aws:cluster-access-policy/${ACCESS_POLICY}`;
  return condition === "our-role" ? [role] : [role, { test: "ArnEquals", variable: "eks:policyArn", values: [policy] }];
}

const ACCESS_POLICY = "AmazonEKSClusterAdminPolicy";

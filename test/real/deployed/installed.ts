import { randomInt } from "node:crypto";
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  CreateClusterCommand,
  EKSClient,
} from "@aws-sdk/client-eks";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type AwsScope, awsConfig } from "#aws/config";
import type { FleetConfigInput } from "#config/fleet-config";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { makeBucket, makeZone } from "#test/real/aws/installation";
import { pathWithLambdaNode } from "#test/real/aws/lambda-node";
import { type MovedClock, ministackWithMovedClock } from "#test/real/aws/moved-clock";
import { type SlackOnLoopback, startSlack } from "#test/real/aws/slack";
import { accountKey } from "#test/real/eks/keys";
import { type EksShim, startEksShim } from "#test/real/eks/shim";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { createNamespace } from "#test/real/servers/namespace";
import { playNodes } from "#test/real/servers/nodes";
import { type Deployed, deploy } from "#test/real/sst/deploy";
import { projectWithChart } from "#test/real/sst/project";

const REGION = "eu-west-1";
const STAGE = "chain";
/** ministack takes TLS away from whatever its functions send to 127.0.0.1. */
const HOST = "127.0.0.2";
const EKS_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "eks.amazonaws.com" } }],
});
const LONGEST_RATE_SECONDS = 30 * 60;
const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/** The program on an emulator of its own, with two clusters that have real API servers: `shop` is not told of yet. */
export interface Installed {
  readonly account: string;
  /** For clients of the test. */
  readonly hub: Required<AwsScope>;
  readonly deployed: Deployed;
  readonly fleet: FleetConfigInput;
  /** Names of buckets that exist: the first is audited, the second not yet. */
  readonly buckets: readonly [string, string];
  readonly shop: { readonly ref: ClusterRef; readonly server: RealCluster };
  readonly observer: { readonly ref: ClusterRef; readonly server: RealCluster };
  readonly slack: SlackOnLoopback;
  readonly clock: Omit<MovedClock, "emulator">;
  /** CreateCluster, as anybody calls it. */
  createCluster(name: string, tags: Readonly<Record<string, string>>): Promise<ClusterRef>;
  stop(): Promise<void>;
}

export async function install(): Promise<Installed> {
  const account = String(randomInt(1e11, 1e12 - 1));
  const PATH = await pathWithLambdaNode();
  const { emulator, ...clock } = await ministackWithMovedClock({ PATH, MINISTACK_ACCOUNT_ID: account, AUTH: "true" });
  const hub = { region: REGION, endpoint: emulator.url, credentials: accountKey(account) };
  const [shim, slack] = await Promise.all([
    startEksShim({ upstream: hub.endpoint, upstreamJudges: true, delays: { clusterMs: 3_000, entryMs: 3_000 } }),
    startSlack(),
  ]);
  await new IAMClient(awsConfig(hub)).send(
    new CreateRoleCommand({ RoleName: "eks", AssumeRolePolicyDocument: EKS_TRUST }),
  );
  const eks = new EKSClient(awsConfig({ ...hub, endpoint: shim.url }));
  const createCluster = (name: string, tags: Readonly<Record<string, string>>) => create(eks, { account, name, tags });
  const [observer, shop] = await Promise.all(
    ["observer", "shop-1"].map(async (name) => {
      const ref = clusterRef({ account, region: REGION, name });
      return { ref, server: await startCluster({ host: HOST, tokenWebhook: { url: shim.tokenWebhook(ref) } }) };
    }),
  );
  if (observer === undefined || shop === undefined) throw new Error("two clusters were started");
  const nodes = await playNodes(shop.server);
  await createCluster("observer", {});
  await admit({ shim, eks, account }, observer);
  await shim.attach(shop.ref, shop.server);
  const buckets = [`chain-blocks-${randomInt(1e9)}`, `chain-more-${randomInt(1e9)}`] as const;
  for (const bucket of buckets) await makeBucket(hub, bucket, { events: true });
  const fleet = fleetOf(account, buckets[0]);
  const deployed = await deploy({
    ...{ endpoint: hub.endpoint, account, stage: STAGE, fleet, root: await projectWithChart() },
    answers: await whatIsThere(hub, slack),
    // What AWS's own names lead to elsewhere.
    functionEnvironment: { AWS_ENDPOINT_URL_EKS: shim.url, AWS_ENDPOINT_URL_STS: shim.url },
    bundles: "real",
    schedules: "ENABLED",
  });
  // AWS runs a schedule of a rate at once, ministack when its interval has gone by.
  await clock.passForSchedules(LONGEST_RATE_SECONDS);
  return {
    ...{ account, hub, deployed, fleet, buckets, shop, observer, slack, clock, createCluster },
    stop: async () => {
      await nodes.stop();
      await Promise.all([observer.server.stop(), shop.server.stop(), shim.close()]);
      slack.close();
    },
  };
}

async function create(
  eks: EKSClient,
  { account, name, tags }: { readonly account: string; readonly name: string; readonly tags: Record<string, string> },
): Promise<ClusterRef> {
  await eks.send(
    new CreateClusterCommand({
      ...{ name, tags },
      roleArn: `arn:aws:iam::${account}:role/eks`,
      resourcesVpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"], endpointPublicAccess: true },
      accessConfig: { authenticationMode: "API" },
    }),
  );
  return clusterRef({ account, region: REGION, name });
}

/** The observer is there before Musterbook, and knows its role. */
async function admit(
  of: { readonly shim: EksShim; readonly eks: EKSClient; readonly account: string },
  { ref, server }: Installed["observer"],
): Promise<void> {
  await of.shim.attach(ref, server);
  await createNamespace(server, "monitoring");
  const entry = { clusterName: ref.name, principalArn: principalOf(of.account) };
  await of.eks.send(new CreateAccessEntryCommand(entry));
  await of.eks.send(new AssociateAccessPolicyCommand({ ...entry, policyArn: ADMIN, accessScope: { type: "cluster" } }));
  await of.shim.settle();
}

const principalOf = (account: string) => `arn:aws:iam::${account}:role/musterbook-cluster`;
const SECRET = "musterbook/slack-webhook";
const ZONE = "obs.example.com";

/** What the program looks up. */
async function whatIsThere(hub: AwsScope, slack: SlackOnLoopback) {
  const secrets = new SecretsManagerClient(awsConfig(hub));
  const { ARN: arn = "" } = await secrets.send(new CreateSecretCommand({ Name: SECRET, SecretString: slack.url }));
  return {
    "aws:route53/getZone:getZone": { zoneId: await makeZone(hub, ZONE) },
    "aws:secretsmanager/getSecret:getSecret": { arn },
    "aws:s3/getBucket:getBucket": { bucketRegion: REGION },
  };
}

function fleetOf(account: string, bucket: string): FleetConfigInput {
  return {
    scopes: [{ account, regions: [REGION] }],
    newClusters: { mode: "manage", since: "2026-01-01T00:00:00Z" },
    modes: [
      { select: { name: "observer" }, mode: "observe" },
      { select: { tags: { stage: "wave" } }, mode: "observe" },
    ],
    zone: ZONE,
    principalArn: principalOf(account),
    observer: { cluster: clusterRef({ account, region: REGION, name: "observer" }).arn },
    buckets: [blocksIn(bucket)],
    alerts: { slackWebhookSecret: SECRET },
  };
}

/** A bucket with a recording of 20 November. */
export function blocksIn(bucket: string): NonNullable<FleetConfigInput["buckets"]>[number] {
  return {
    url: `s3://${bucket}`,
    region: REGION,
    recordedAt: "2026-11-20T13:10:00Z",
    settings: { replicaLabels: ["prometheus_replica"] },
  };
}

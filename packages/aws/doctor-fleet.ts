import { GetHostedZoneCommand, ListHostedZonesByNameCommand } from "@aws-sdk/client-route-53";
import { STSClient } from "@aws-sdk/client-sts";
import * as v from "valibot";
import { awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import { eksClusters } from "#aws/eks-clusters";
import { jsonCall } from "#aws/json-call";
import { route53Client } from "#aws/route53-client";
import { plainName } from "#aws/route53-names";
import { understood } from "#aws/understood";
import type { FleetConfig } from "#config/fleet-config";
import type { Facts, Zone } from "#doctor/facts";
import type { Clock } from "#fleet/clock";
import { parseClusterArn } from "#fleet/cluster";
import { fromDescription } from "#kube/connection";
import { eksToken } from "#kube/eks-token";
import { kubeApi } from "#kube/kube-api";
import type { ClusterDescription } from "#onboard/ports";

type FleetFacts = Pick<Facts, "zones" | "clusterVpc" | "clusterQuota">;

/** What Route53, EKS and Service Quotas tell. */
export function fleetFacts(scope: AwsScope, account: () => Promise<string>): FleetFacts {
  const clusters = clustersWith(scope);
  return {
    zones: (name) => zonesOf(scope, name),
    clusterVpc: async (arn) => {
      const ref = parseClusterArn(arn);
      const found = ref === undefined ? undefined : await clusters.describe(ref);
      return found?.vpcId ?? undefined;
    },
    clusterQuota: async (region) => {
      const used = await clusters.list({ account: await account(), region });
      return { limit: await clusterLimit(scope, region), used: used.length };
    },
  };
}

/** All with the credentials of whoever asks: what is another account's, EKS refuses or does not know. */
function clustersWith(scope: AwsScope) {
  return eksClusters({ accounts: { reach: async ({ region }) => ({ ...scope, region }) } });
}

async function zonesOf(scope: AwsScope, name: string): Promise<readonly Zone[]> {
  const client = route53Client(scope);
  const what = `cannot look for the zone ${name}`;
  const failed = (action: string) => (cause: unknown) => {
    throw awsError(cause, { what, action, resource: name });
  };
  const { HostedZones = [] } = await client
    .send(new ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 10 }))
    .catch(failed("route53:ListHostedZonesByName"));
  const own = HostedZones.filter((zone) => plainName(zone.Name ?? "") === plainName(name));
  const zones: Zone[] = [];
  for (const { Id = "", Config } of own) {
    const { VPCs = [] } = await client.send(new GetHostedZoneCommand({ Id })).catch(failed("route53:GetHostedZone"));
    const vpcs = VPCs.flatMap(({ VPCId }) => VPCId ?? []);
    zones.push({ id: Id.replace("/hostedzone/", ""), isPrivate: Config?.PrivateZone === true, vpcs });
  }
  return zones;
}

/** "Clusters" of Amazon EKS. */
const QUOTA = { ServiceCode: "eks", QuotaCode: "L-1194D53C" };
const Quota = v.object({ Quota: v.object({ Value: v.number() }) });

async function clusterLimit(scope: AwsScope, region: string): Promise<number> {
  const what = `cannot read the quota of clusters in ${region}`;
  const attempt = { what, action: "servicequotas:GetServiceQuota", resource: "*" };
  const target = "ServiceQuotasV20190624.GetServiceQuota";
  const answer = await jsonCall({ ...scope, region }, { service: "servicequotas", target, body: QUOTA, attempt });
  return understood(what, Quota, answer).Quota.Value;
}

const BuildInfo = v.object({ data: v.object({ version: v.string() }) });

/** The Querier is asked through its cluster's API server, as the roll call's proofs are; undefined where it does not say. */
export async function thanosVersion(of: {
  readonly scope: AwsScope;
  readonly config: FleetConfig;
  readonly clock: Clock;
}): Promise<string | undefined> {
  const { scope, config, clock } = of;
  const ref = parseClusterArn(config.observer.cluster);
  const observer = ref === undefined ? undefined : await clustersWith(scope).describe(ref);
  if (observer === undefined) return undefined;
  const kube = await kubeOf(observer, scope, clock);
  const { namespace, querier } = config.observer;
  const at = { namespace, service: querier.service, port: querier.port };
  const { status, body } = await kube.proxyGet({ ...at, path: "/api/v1/status/buildinfo" });
  return status === 200 ? versionOf(body) : undefined;
}

function versionOf(body: string): string | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), BuildInfo), body);
  return parsed.success ? parsed.output.data.version : undefined;
}

async function kubeOf(cluster: ClusterDescription, scope: AwsScope, clock: Clock) {
  const { name: clusterName, region } = cluster.ref;
  const credentials = await new STSClient(awsConfig(scope)).config.credentials();
  return kubeApi(fromDescription(cluster, await eksToken({ clusterName, region, credentials, clock })));
}

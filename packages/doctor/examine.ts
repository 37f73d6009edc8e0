import type { FleetConfig } from "#config/fleet-config";
import { hasFleet, type InstallationConfig } from "#config/installation-config";
import type { BucketAt, Chart, Facts, Identity } from "#doctor/facts";
import {
  judgeClock,
  judgeClusterQuota,
  judgeConcurrency,
  judgeIdentity,
  judgeRights,
  judgeSubscriptions,
  judgeTrails,
} from "#doctor/judge-account";
import { judgeEncryption, judgeLifecycle, judgeNotifications, judgeRegion } from "#doctor/judge-bucket";
import { judgeChart, judgeThanos, judgeZone } from "#doctor/judge-fleet";
import { type Line, type Verdict, warning } from "#doctor/line";
import type { Clock } from "#fleet/clock";
import { parseClusterArn } from "#fleet/cluster";
import { describeError, MusterbookError } from "#fleet/errors";

export interface Examination {
  readonly facts: Facts;
  readonly config: InstallationConfig;
  /** Where Musterbook is, or is to be, deployed. */
  readonly region: string;
  /** The name of something in the stage, such as `musterbook-prod-ops`. */
  readonly name: (of: string) => string;
  /** Executions that the functions of this installation reserve. */
  readonly reserved: number;
  /** What a deploy begins with, as IAM calls it. */
  readonly actions: readonly string[];
  /** Audited buckets with the prefix that their blocks have. */
  readonly buckets: readonly (BucketAt & { readonly prefix: string })[];
  /** What is installed on clusters. */
  readonly charts: readonly Chart[];
  readonly clock: Clock;
  readonly onLine: (line: Line) => void;
}

/**
 * Looks at what an installation needs, before and after it is deployed, by read calls only. A question that is refused is
 * a warning, and the others are asked all the same. Throws what `identity` throws: without credentials there is no question.
 */
export async function examine(of: Examination): Promise<readonly Line[]> {
  const identity = await of.facts.identity();
  const lines: Line[] = [];
  for (const check of checksOf(of, identity)) {
    const line = await answered(check);
    lines.push(line);
    of.onLine(line);
  }
  return lines;
}

interface Check {
  readonly check: string;
  readonly subject: string;
  readonly look: () => Promise<Verdict>;
}

async function answered({ check, subject, look }: Check): Promise<Line> {
  try {
    return { check, subject, ...(await look()) };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return { check, subject, ...warning(`not checked: ${describeError(error)}`, error.remedy) };
  }
}

function checksOf(of: Examination, identity: Identity): readonly Check[] {
  const fleet = hasFleet(of.config) ? of.config : undefined;
  return [
    ...ofAccount(of, identity, fleet),
    ...(fleet === undefined ? [] : ofFleet(of, identity, fleet)),
    ...of.buckets.flatMap((bucket) => ofBucket(of, bucket)),
    ...ofOperators(of),
  ];
}

function ofAccount(of: Examination, identity: Identity, fleet: FleetConfig | undefined): readonly Check[] {
  const { facts, clock, reserved, actions, region } = of;
  const hub = fleet?.principalArn.split(":")[4];
  return [
    { check: "credentials", subject: "", look: async () => judgeIdentity(identity, hub) },
    { check: "clock", subject: "", look: async () => judgeClock(await facts.time(), clock.now()) },
    {
      check: "rights",
      subject: "deploy",
      look: async () => judgeRights(await facts.denied(identity, actions), actions.length),
    },
    {
      check: "quota.lambda",
      subject: region,
      look: async () => judgeConcurrency(await facts.concurrency(), reserved),
    },
  ];
}

function ofFleet({ facts, charts }: Examination, { account }: Identity, fleet: FleetConfig): readonly Check[] {
  const regions = fleet.scopes.filter((scope) => scope.account === account).flatMap((scope) => scope.regions);
  const observer = parseClusterArn(fleet.observer.cluster);
  const observerVpc = async () => (observer === undefined ? undefined : facts.clusterVpc(observer.arn));
  return [
    ...regions.flatMap((region) => [
      { check: "trail", subject: region, look: async () => judgeTrails(await facts.trails(region), region) },
      {
        check: "quota.eks",
        subject: region,
        look: async () => judgeClusterQuota(await facts.clusterQuota(region)),
      },
    ]),
    {
      check: "zone",
      subject: fleet.zone,
      look: async () => judgeZone(fleet.zone, await facts.zones(fleet.zone), await unlessRefused(observerVpc)),
    },
    { check: "thanos", subject: observer?.name ?? "", look: async () => judgeThanos(await facts.thanosVersion()) },
    ...charts.map((chart) => ({ check: "chart", subject: chart.name, look: async () => judgeChart(chart) })),
  ];
}

/** That the observer cannot be described takes nothing from what the zone itself shows. */
async function unlessRefused<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return undefined;
  }
}

function ofBucket({ facts }: Examination, bucket: BucketAt & { readonly prefix: string }): readonly Check[] {
  const { name: subject, prefix } = bucket;
  return [
    { check: "bucket.region", subject, look: async () => judgeRegion(bucket, await facts.bucketRegion(bucket)) },
    { check: "bucket.encryption", subject, look: async () => judgeEncryption(await facts.encryption(bucket)) },
    { check: "bucket.lifecycle", subject, look: async () => judgeLifecycle(await facts.lifecycle(bucket), prefix) },
    {
      check: "bucket.events",
      subject,
      look: async () => judgeNotifications(await facts.tellsEventBridge(bucket), subject),
    },
  ];
}

function ofOperators({ facts, config, region, name }: Examination): readonly Check[] {
  const topic = { region, name: name("ops") };
  const look = async () => judgeSubscriptions(await facts.subscriptions(topic), config.alerts.operators);
  return [{ check: "subscriptions", subject: topic.name, look }];
}

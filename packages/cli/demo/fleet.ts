import { join, resolve } from "node:path";
import * as v from "valibot";
import { FleetConfig } from "#config/fleet-config";
import { clusterRef } from "#fleet/cluster";
import type { ClusterDescription } from "#onboard/ports";

const ACCOUNT = "111122223333";
const DATA = resolve(import.meta.dirname, "../../../test/data/buckets");

/** A bucket as a real Prometheus, Thanos sidecar and compactor left it, and the time it was recorded at. */
export const RECORDED = {
  name: "overlap-same-labels",
  path: join(DATA, "overlap-same-labels"),
  at: "2026-11-20T13:10:00Z",
  settings: { replicaLabels: ["prometheus_replica"] },
} as const;

export const OBSERVER = clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "observer" });

export interface DemoCluster {
  readonly ref: ReturnType<typeof clusterRef>;
  readonly given: Partial<Omit<ClusterDescription, "ref" | "status" | "createdAt">>;
  /** Whether its Services get load balancers: without a controller none ever comes. */
  readonly loadBalancers: "assign" | "never";
  /** What the person at the screen is told of it. */
  readonly story: string;
}

/** The three clusters that are created. */
export const CLUSTERS: readonly DemoCluster[] = [
  {
    ref: clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "shop-1" }),
    given: { tags: { stage: "prod" } },
    loadBalancers: "assign",
    story: "has all it needs",
  },
  {
    ref: clusterRef({ account: ACCOUNT, region: "eu-west-1", name: "bank-1" }),
    given: { tags: { stage: "prod" }, endpointPublicAccess: false, endpointPrivateAccess: true, vpcId: "vpc-0abc" },
    loadBalancers: "assign",
    story: "has a private endpoint",
  },
  {
    ref: clusterRef({ account: ACCOUNT, region: "us-east-1", name: "dev-7" }),
    given: { tags: { stage: "dev" } },
    loadBalancers: "never",
    story: "lacks a load balancer controller",
  },
];

/** The demo's `fleet.config.ts`. */
export function demoFleet(of: { readonly bucket: string; readonly slack: boolean }): FleetConfig {
  return v.parse(FleetConfig, {
    scopes: [{ account: ACCOUNT, regions: ["eu-west-1", "us-east-1"] }],
    modes: [
      { select: { name: OBSERVER.name }, mode: "observe" },
      { select: {}, mode: "manage" },
    ],
    zone: "obs.internal.example.com",
    principalArn: `arn:aws:iam::${ACCOUNT}:role/musterbook`,
    observer: { cluster: OBSERVER.arn },
    buckets: [
      {
        url: of.bucket,
        recordedAt: RECORDED.at,
        settings: { ...RECORDED.settings, replicaLabels: [...RECORDED.settings.replicaLabels] },
      },
    ],
    alerts: of.slack ? { slackWebhookSecret: SLACK_SECRET } : {},
  });
}

export const SLACK_SECRET = "slack-webhook";

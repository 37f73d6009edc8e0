import { randomInt } from "node:crypto";
import { CreateClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import pMap from "p-map";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { awsConfig } from "#aws/config";
import { s3Client } from "#aws/s3-client";
import { s3ObjectStore } from "#aws/s3-object-store";
import { blockIndexKey, indexedBlocks } from "#blocks/block-index";
import { FleetConfig } from "#config/fleet-config";
import { systemClock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import type { ClusterRecord } from "#fleet/record";
import { awsPorts } from "#functions/aws-ports";
import type { Ports } from "#functions/ports";
import { resolveChart } from "#helm/charts";
import { readRecording } from "#local/recorded-bucket";
import { skippingClock } from "#local/skipping-clock";
import { parseEndpoints } from "#stores/endpoints-yaml";
import { recordingOf } from "#test/factories/recorded-bucket";
import { type Drive, drive } from "#test/real/aws/drive";
import { type Installing, install, makeBucket } from "#test/real/aws/installation";
import { type SlackOnLoopback, startSlack } from "#test/real/aws/slack";
import { accountKey } from "#test/real/eks/keys";
import { type EksShim, startEksShim } from "#test/real/eks/shim";
import { callApi } from "#test/real/servers/api";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { type Nodes, playNodes } from "#test/real/servers/nodes";

const ACCOUNT = String(randomInt(100_000_000_000, 999_999_999_999));
const REGION = "eu-west-1";
const SHOP = clusterRef({ account: ACCOUNT, region: REGION, name: "shop-1" });
const OBSERVER = clusterRef({ account: ACCOUNT, region: REGION, name: "observer" });
const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:role/musterbook-cluster`;
const BLOCKS = `metrics-blocks-${randomInt(1e9)}`;
const ADDRESS = "thanos.shop-1.obs.example.com:10901";
const MINUTE_MS = 60_000;
const PATIENCE = { timeout: 60_000, interval: 100 };

/** The handlers that are deployed with the adapters that are deployed, on ministack and real API servers, driven by hand from the wiring. */
describe("the whole pipeline on the shapes of AWS", () => {
  const clock = skippingClock(systemClock);
  const endpoint = inject("ministack").url;
  const hub = { region: REGION, credentials: accountKey(ACCOUNT) };
  const emulated = { ...hub, endpoint };
  let shim: EksShim;
  let slack: SlackOnLoopback;
  let observer: RealCluster;
  let shop: RealCluster;
  let nodes: Nodes;
  let made: Installing;
  let ports: Ports;
  let driven: Drive;

  beforeAll(async () => {
    shim = await startEksShim({ upstream: endpoint, clock, delays: { clusterMs: MINUTE_MS, entryMs: 5_000 } });
    useEmulator(endpoint, shim.url);
    slack = await startSlack();
    const start = (ref: ClusterRef) => startCluster({ tokenWebhook: { url: shim.tokenWebhook(ref) } });
    [observer, shop] = await Promise.all([start(OBSERVER), start(SHOP)]);
    nodes = await playNodes(shop);
    await makeBucket(emulated, BLOCKS, { events: true });
    const config = fleet(endpoint);
    made = await install({ config, hub: emulated, secrets: { "musterbook/slack": slack.url } });
    const installation = {
      ...made,
      config,
      hub,
      roleFor: () => undefined,
      clusterRole: { roleArn: PRINCIPAL },
      path: "",
    };
    // The real chart cannot be had without the internet; everything else is as deployed.
    ports = { ...awsPorts(installation, clock), chart: (name) => resolveChart({ name, standIn: "allowed" }) };
    driven = await drive(emulated, made, ports);
    await createCluster(OBSERVER, observer);
    await createNamespace(observer, "monitoring");
    await ports.clusters.grantAccess(OBSERVER, PRINCIPAL, ADMIN);
    clock.skipTo(new Date(clock.now().getTime() + 10 * MINUTE_MS));
  });

  afterAll(async () => {
    await nodes?.stop();
    await Promise.all([observer?.stop(), shop?.stop(), shim?.close()]);
    slack?.close();
    vi.unstubAllEnvs();
  });

  async function createCluster(ref: ClusterRef, server: RealCluster): Promise<void> {
    const eks = new EKSClient({ ...awsConfig(hub), endpoint: shim.url });
    await eks.send(
      new CreateClusterCommand({
        name: ref.name,
        roleArn: `arn:aws:iam::${ACCOUNT}:role/eks`,
        resourcesVpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"], endpointPublicAccess: true },
        accessConfig: { authenticationMode: "API" },
        tags: { stage: "dev" },
      }),
    );
    await shim.attach(ref, server);
  }

  /** Minute after minute: what is due is enqueued, and everything is delivered. */
  async function passUntil(isSo: () => Promise<boolean>): Promise<void> {
    for (let minute = 0; minute < 30; minute += 1) {
      await driven.untilQuiet();
      if (await isSo()) return;
      clock.skipTo(new Date(clock.now().getTime() + MINUTE_MS));
      await driven.tick("enqueue-due");
    }
    const record = await recordOf(SHOP);
    throw new Error(`not so after 30 minutes: ${JSON.stringify({ record, failures: driven.failures }, null, 1)}`);
  }

  async function recordOf(ref: ClusterRef): Promise<ClusterRecord | undefined> {
    return (await ports.registry.get(ref.arn))?.record;
  }

  it("brings a cluster from the event of its creation into the table, the zone and the store list", async () => {
    await createCluster(SHOP, shop);
    await passUntil(async () => (await recordOf(SHOP))?.conditions.Registered.status === "yes");

    expect(await recordOf(SHOP)).toMatchObject({
      mode: "manage",
      endpoint: { address: ADDRESS, state: "listed" },
      conditions: { Installed: { status: "yes" }, Registered: { status: "yes" } },
    });
    expect(await ports.dns.find("thanos.shop-1.obs.example.com")).toMatchObject({ owner: SHOP.arn });
    expect(await ports.clusters.accessPolicies(SHOP, PRINCIPAL)).toEqual([ADMIN]);
    expect(driven.failures).toEqual([]);
  });

  it("has written the list as an object in S3 and as a ConfigMap on the observer", async () => {
    const objects = s3ObjectStore(`${made.state.url}/stores`, made.state);
    const written = parseEndpoints((await objects.read("endpoints.yaml"))?.text ?? "");
    expect(written.ok && written.value.map(({ address }) => address)).toEqual([ADDRESS]);

    const described = await ports.clusters.describe(OBSERVER);
    if (described === undefined) throw new Error("the observer is gone");
    const { kube } = await ports.connector.connect(described);
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "monitoring", name: "musterbook-endpoints" };
    expect(await kube.get(ref)).toMatchObject({ data: { "endpoints.yaml": expect.stringContaining(ADDRESS) } });
  });

  it("indexes the blocks that S3 tells of, audits the bucket, and tells Slack once", async () => {
    await upload("overlap-same-labels");
    await expect.poll(indexedAfterDelivery, PATIENCE).toHaveLength(248);
    expect(driven.failures).toEqual([]);

    for (let minute = 0; minute < 2; minute += 1) {
      await driven.tick("audit-bucket");
      await driven.tick("publish-alerts");
      await driven.untilQuiet();
    }
    const firing = (await ports.alertStates.allFiring()).map(({ alert }) => alert.id).toSorted();
    expect(firing).toEqual(["compactor.will-halt"]);
    const told = slack.posts.filter((post) => post.includes("compactor.will-halt"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("0@6928611441926479320");
  });

  it("puts a message that nobody can read aside, with the reason, and goes on", async () => {
    const sqs = new SQSClient(awsConfig(emulated));
    const QueueUrl = made.queueUrls["cluster-events"];
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "not an event" }));
    await driven.untilQuiet();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: made.queueUrls["cluster-events-dlq"], MessageAttributeNames: ["All"] }),
    );
    expect(Messages).toMatchObject([
      { Body: "not an event", MessageAttributes: { queue: { StringValue: "cluster-events" } } },
    ]);
    expect(Messages[0]?.MessageAttributes?.reason?.StringValue).toContain("event");
  });

  async function indexedAfterDelivery(): Promise<readonly string[]> {
    await driven.untilQuiet();
    const url = `s3://${BLOCKS}`;
    const index = await ports.indexes.read(blockIndexKey(url));
    return indexedBlocks(index?.text ?? "", url).map(({ ulid }) => ulid);
  }

  /** Object by object, as a sidecar does: a block's meta.json is its last. */
  async function upload(name: "overlap-same-labels"): Promise<void> {
    const s3 = s3Client({ endpoint, region: REGION });
    const objects = await readRecording(recordingOf(name));
    await pMap(
      objects.toSorted((a, b) => Number(a.key.endsWith("meta.json")) - Number(b.key.endsWith("meta.json"))),
      ({ key, size, content }) =>
        s3.send(new PutObjectCommand({ Bucket: BLOCKS, Key: key, Body: content ?? new Uint8Array(size) })),
      { concurrency: 16 },
    );
  }
});

const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

/** The observer is there before Musterbook, with its Querier. */
async function createNamespace({ server, certificateAuthority, adminToken }: RealCluster, name: string): Promise<void> {
  const { status } = await callApi({
    url: `${server}/api/v1/namespaces`,
    ...{ certificateAuthority, token: adminToken, method: "POST", contentType: "application/json" },
    body: JSON.stringify({ metadata: { name } }),
  });
  if (status !== 201) throw new Error(`the namespace is refused: ${status}`);
}

/** As a function finds it: credentials and endpoints in the environment. */
function useEmulator(ministack: string, shim: string): void {
  const { accessKeyId, secretAccessKey } = accountKey(ACCOUNT);
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
  vi.stubEnv("AWS_ENDPOINT_URL", ministack);
  vi.stubEnv("AWS_ENDPOINT_URL_EKS", shim);
  vi.stubEnv("AWS_ENDPOINT_URL_STS", shim);
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "SILENT");
}

function fleet(endpoint: string): FleetConfig {
  return v.parse(FleetConfig, {
    scopes: [{ account: ACCOUNT, regions: [REGION] }],
    newClusters: { mode: "manage", since: "2026-01-01T00:00:00Z" },
    modes: [{ select: { name: "observer" }, mode: "observe" }],
    zone: "obs.example.com",
    principalArn: PRINCIPAL,
    observer: { cluster: OBSERVER.arn },
    buckets: [
      {
        url: `s3://${BLOCKS}`,
        endpoint,
        region: REGION,
        recordedAt: "2026-11-20T13:10:00Z",
        settings: { replicaLabels: ["prometheus_replica"] },
      },
    ],
    alerts: { slackWebhookSecret: "musterbook/slack" },
  });
}

import { randomInt } from "node:crypto";
import { type AuthenticationMode, CreateClusterCommand, DeleteClusterCommand, EKSClient } from "@aws-sdk/client-eks";
import { DeleteObjectCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { listingFailed } from "#alerts/from-finding";
import { syncAlerts } from "#alerts/sync";
import { awsConfig } from "#aws/config";
import { s3Client } from "#aws/s3-client";
import { s3ObjectStore } from "#aws/s3-object-store";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { FleetConfig } from "#config/fleet-config";
import { systemClock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { RetryableError } from "#fleet/errors";
import type { ClusterRecord } from "#fleet/record";
import { awsPorts } from "#functions/aws-ports";
import { clusterReach } from "#functions/cluster-reach";
import type { Ports } from "#functions/ports";
import { resolveChart } from "#helm/charts";
import { readRecording } from "#local/recorded-bucket";
import { skippingClock } from "#local/skipping-clock";
import { ownGrants } from "#stacks/permissions";
import { type FunctionName, functions, queues } from "#stacks/wiring";
import { parseEndpoints } from "#stores/endpoints-yaml";
import { textIn } from "#test/contracts/object-store";
import { recordingOf } from "#test/factories/recorded-bucket";
import { type Calls, recordCalls } from "#test/real/aws/calls";
import { type Drive, drive } from "#test/real/aws/drive";
import { type Installing, install, makeBucket } from "#test/real/aws/installation";
import { type SlackOnLoopback, startSlack } from "#test/real/aws/slack";
import { upload } from "#test/real/deployed/upload";
import { accountKey } from "#test/real/eks/keys";
import { type EksShim, startEksShim } from "#test/real/eks/shim";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { createNamespace } from "#test/real/servers/namespace";
import { type Nodes, playNodes } from "#test/real/servers/nodes";

const ACCOUNT = String(randomInt(100_000_000_000, 999_999_999_999));
const REGION = "eu-west-1";
const MEMBER = String(randomInt(100_000_000_000, 999_999_999_999));
const MEMBER_ROLE = `arn:aws:iam::${MEMBER}:role/musterbook-observe`;
const SHOP = clusterRef({ account: ACCOUNT, region: REGION, name: "shop-1" });
/** It knows the aws-auth ConfigMap only: somebody has to change that. */
const OLD = clusterRef({ account: ACCOUNT, region: REGION, name: "old-1" });
const FAR = clusterRef({ account: MEMBER, region: REGION, name: "far-1" });
const OBSERVER = clusterRef({ account: ACCOUNT, region: REGION, name: "observer" });
const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:role/musterbook-cluster`;
const BLOCKS = `metrics-blocks-${randomInt(1e9)}`;
const ADDRESS = "thanos.shop-1.obs.example.com:10901";
const functionNames = Object.keys(functions) as FunctionName[];
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
  let calls: Calls;

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
      roleFor: (account: string) => (account === MEMBER ? { roleArn: MEMBER_ROLE } : undefined),
      clusterRole: { roleArn: PRINCIPAL },
      path: "",
    };
    // The real chart cannot be had without the internet; everything else is as deployed.
    const chart: Ports["chart"] = (name) => resolveChart({ name, standIn: "allowed" });
    const open = (): Ports => ({ ...awsPorts(installation, clock, clusterReach), chart });
    const opened = new Map(functionNames.map((name) => [name, open()]));
    ports = open();
    calls = recordCalls({
      ...made,
      accessKeyId: ACCOUNT,
      stateBucket: made.state.url.replace("s3://", ""),
      principalArn: PRINCIPAL,
    });
    driven = await drive(emulated, made, { portsOf: (name) => opened.get(name) ?? ports, by: calls.by });
    await createCluster(OBSERVER, observer);
    await createNamespace(observer, "monitoring");
    await ports.clusters.grantAccess(OBSERVER, PRINCIPAL, ADMIN);
    clock.skipTo(new Date(clock.now().getTime() + 10 * MINUTE_MS));
  });

  afterAll(async () => {
    await nodes?.stop();
    await Promise.all([observer?.stop(), shop?.stop(), shim?.close()]);
    slack?.close();
    calls?.stop();
    vi.unstubAllEnvs();
  });

  async function createCluster(ref: ClusterRef, server?: RealCluster, authenticationMode = "API"): Promise<void> {
    const credentials = accountKey(ref.account);
    const eks = new EKSClient({ ...awsConfig({ ...hub, credentials }), endpoint: shim.url });
    await eks.send(
      new CreateClusterCommand({
        name: ref.name,
        roleArn: `arn:aws:iam::${ACCOUNT}:role/eks`,
        resourcesVpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"], endpointPublicAccess: true },
        accessConfig: { authenticationMode: authenticationMode as AuthenticationMode },
        tags: { stage: "dev" },
      }),
    );
    if (server !== undefined) await shim.attach(ref, server);
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
    const written = parseEndpoints((await textIn(objects, "endpoints.yaml")) ?? "");
    expect(written.ok && written.value.map(({ address }) => address)).toEqual([ADDRESS]);

    const described = await ports.clusters.describe(OBSERVER);
    if (described === undefined) throw new Error("the observer is gone");
    const { kube } = await ports.connector.connect(described);
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "monitoring", name: "musterbook-endpoints" };
    expect(await kube.get(ref)).toMatchObject({ data: { "endpoints.yaml": expect.stringContaining(ADDRESS) } });
  });

  it("indexes the blocks that S3 tells of, audits the bucket, and tells Slack once", async () => {
    await upload(
      s3Client({ endpoint, region: REGION }),
      BLOCKS,
      await readRecording(recordingOf("overlap-same-labels")),
    );
    await expect.poll(indexedAfterDelivery, PATIENCE).toHaveLength(248);
    expect(driven.failures).toEqual([]);

    // What listings owned up to before, of this bucket and of one that is audited no more.
    for (const url of [`s3://${BLOCKS}`, "s3://gone"]) {
      const error = new RetryableError("503 SlowDown", { remedy: "Wait." });
      await syncAlerts(ports, `listing:${url}`, [listingFailed({ what: url, error })]);
    }
    const short = { "list-bucket": 1_000 };
    // It was never listed: the judge asks for that.
    await driven.tick("enqueue-audits");
    await driven.untilQuiet(short);
    for (const remainingMs of [short, {}]) {
      await driven.tick("enqueue-listings");
      await driven.untilQuiet(remainingMs);
      await driven.tick("enqueue-audits");
      await driven.tick("publish-alerts");
      await driven.untilQuiet();
    }
    expect(driven.failures).toEqual([]);
    const firing = (await ports.alertStates.allFiring()).map(({ alert }) => alert.id).toSorted();
    expect(firing).toEqual(["compactor.will-halt"]);
    const told = slack.posts.filter((post) => post.includes("compactor.will-halt"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("0@6928611441926479320");
  });

  it("reads the blocks anew when the index is lost", async () => {
    const { url, ...options } = made.state;
    const [s3, Bucket] = [s3Client(options), url.replace("s3://", "")];
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: "indexes/" }));
    for (const { Key } of Contents) await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await indexedAfterDelivery()).toEqual([]);
    await driven.tick("enqueue-listings");
    expect(await indexedAfterDelivery()).toHaveLength(248);
  });

  it("puts a message that nobody can read aside, with the reason, and goes on", async () => {
    const sqs = new SQSClient(awsConfig(emulated));
    for (const [name, { deadLetterQueue, fifo }] of Object.entries(queues)) {
      const group = fifo ? { MessageGroupId: "nobody", MessageDeduplicationId: "poison" } : {};
      const MessageBody = `not for ${name}`;
      await sqs.send(new SendMessageCommand({ QueueUrl: made.queueUrls[name], MessageBody, ...group }));
      await driven.untilQuiet();
      const letters = { QueueUrl: made.queueUrls[deadLetterQueue], MessageAttributeNames: ["All"], WaitTimeSeconds: 5 };
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(letters));
      expect(Messages).toMatchObject([{ Body: MessageBody, MessageAttributes: { queue: { StringValue: name } } }]);
      expect(Messages[0]?.MessageAttributes?.reason?.StringValue).toMatch(/\w+/);
    }
  });

  it("finds by a sweep what no event told of, in another account too, and says what it cannot list", async () => {
    await createCluster(FAR);
    await createCluster(OLD, undefined, "CONFIG_MAP");
    await discardEvents();
    shim.failNext("ListClusters", "denied");
    await driven.tick("sweep-fleet");
    expect((await ports.alertStates.firing("sweep")).map(({ alert }) => alert.id)).toEqual([
      "musterbook.listing-failed",
    ]);
    await driven.tick("sweep-fleet");
    expect(await ports.alertStates.firing("sweep")).toEqual([]);
    await passUntil(async () => (await recordOf(OLD))?.phase === "failed" && (await recordOf(FAR)) !== undefined);
    expect(await recordOf(OLD)).toMatchObject({ reason: "config-map-only" });
    expect(await recordOf(FAR)).toMatchObject({ mode: "observe", phase: "observed" });
  });

  it("refuses a mass removal, and says when it is over", async () => {
    const stored = await ports.registry.get(FAR.arn);
    if (stored === undefined) throw new Error("the sweep found no far cluster");
    const listed = ["a", "b", "c"].map((name) => {
      const { arn } = clusterRef({ account: MEMBER, region: REGION, name });
      const endpoint = {
        address: `${name}:10901`,
        state: "listed",
        confirmedByEks: false,
        since: stored.record.updatedAt,
      } as const;
      return { ...stored.record, arn, endpoint, lookAt: null };
    });
    const write = async (state: "listed" | "removed") => {
      for (const record of listed) {
        const version = (await ports.registry.get(record.arn))?.version ?? 0;
        await ports.registry.put({ ...record, endpoint: { ...record.endpoint, state } }, version);
      }
    };
    const firing = async () => (await ports.alertStates.firing("stores")).length;
    await write("listed");
    await driven.tick("check-store-list");
    await write("removed");
    await driven.untilQuiet();
    expect(await firing()).toBe(1);
    await write("listed");
    await driven.tick("check-store-list");
    expect(await firing()).toBe(0);
  });

  it("publishes what a crash has left unpublished", async () => {
    const [alert] = await ports.alertStates.allFiring();
    const stored = alert && (await ports.alertStates.get(alert.fingerprint));
    if (stored === undefined) throw new Error("nothing fires");
    await ports.alertStates.put({ ...stored.record, publishedSequence: 0 }, stored.version);
    await driven.tick("publish-alerts");
    expect(await ports.alertStates.unpublished(10)).toEqual([]);
  });

  it("takes a deleted cluster out of the list and the zone", async () => {
    const eks = new EKSClient({ ...awsConfig(hub), endpoint: shim.url });
    await eks.send(new DeleteClusterCommand({ name: SHOP.name }));
    await passUntil(async () => (await recordOf(SHOP))?.phase === "removed");
    expect(await ports.dns.find("thanos.shop-1.obs.example.com")).toBeUndefined();
    expect((await ports.storeList.read())?.state.entries.map(({ address }) => address)).not.toContain(ADDRESS);
  });

  // The last: it is about everything that was done above.
  it.each(functionNames)("has let %s do exactly what its policy allows", (name) => {
    const granted = ownGrants(name).flatMap(({ actions, on }) =>
      // Here the observer is one of the hub's own clusters.
      on === "observer-role" ? [] : actions.map((action) => `${action} on ${on === "observer" ? "clusters" : on}`),
    );
    const isAsked = (right: string) => !NEVER_CALLED.has(right);
    const needed = [...new Set(granted)].filter(isAsked).toSorted();
    expect(calls.of(name).filter(isAsked)).toEqual(needed);
  });

  /** Nobody has told: an event was lost. */
  async function discardEvents(): Promise<void> {
    const sqs = new SQSClient(awsConfig(emulated));
    await sqs.send(new PurgeQueueCommand({ QueueUrl: made.queueUrls["cluster-events"] }));
  }

  async function indexedAfterDelivery(): Promise<readonly string[]> {
    await driven.untilQuiet();
    const url = `s3://${BLOCKS}`;
    return blocksOf(await loadIndex(indexPlace(ports.indexes, url))).map(({ ulid }) => ulid);
  }
});

/** Rights that change an answer without a call of their own. */
const NEVER_CALLED: ReadonlySet<string> = new Set([
  // Without it S3 answers 403 where an object is not there.
  "s3:ListBucket on state",
]);

const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

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
    scopes: [ACCOUNT, MEMBER].map((account) => ({ account, regions: [REGION] })),
    newClusters: { mode: "manage", since: "2026-01-01T00:00:00Z" },
    modes: [
      { select: { name: "observer" }, mode: "observe" },
      { select: { account: MEMBER }, mode: "observe" },
    ],
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

import { randomInt } from "node:crypto";
import {
  CreateClusterCommand,
  DeleteAccessEntryCommand,
  DisassociateAccessPolicyCommand,
  EKSClient,
} from "@aws-sdk/client-eks";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type AwsAccounts, awsAccounts } from "#aws/accounts";
import type { CredentialsProvider } from "#aws/assumed-role";
import { eksClusters } from "#aws/eks-clusters";
import { eksConnector } from "#aws/eks-connector";
import { type Clock, fixedClock, systemClock } from "#fleet/clock";
import { clusterRef } from "#fleet/cluster";
import { helmBinary } from "#helm/binary";
import { eksToken } from "#kube/eks-token";
import type { ClusterApi, ClusterDescription, KubeApi } from "#onboard/ports";
import { accountKey } from "#test/real/eks/keys";
import { type EksShim, startEksShim } from "#test/real/eks/shim";
import { verifyToken } from "#test/real/eks/verify-token";
import { callApi } from "#test/real/servers/api";
import { type RealCluster, startCluster } from "#test/real/servers/cluster";
import { scratchFolder } from "#test/real/servers/scratch";

const MINUTE_MS = 60_000;
const HUB = String(randomInt(100_000_000_000, 999_999_999_999));
const MEMBER = String(randomInt(100_000_000_000, 999_999_999_999));
const ROLE = `arn:aws:iam::${HUB}:role/musterbook-cluster`;
const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
const ref = clusterRef({ account: MEMBER, region: "eu-west-1", name: "prod-a" });
const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "muster", namespace: "default" } };

let shim: EksShim;
let cluster: RealCluster;
let accounts: AwsAccounts;
let clusters: ClusterApi;
let owner: EKSClient;

beforeAll(async () => {
  shim = await startEksShim({ upstream: inject("ministack").url });
  cluster = await startCluster({ tokenWebhook: { url: shim.tokenWebhook(ref) } });
  accounts = awsAccounts({
    hub: { region: ref.region, endpoint: shim.url, credentials: accountKey(HUB) },
    roleFor: (account) => ({ roleArn: `arn:aws:iam::${account}:role/musterbook-member` }),
    clock: systemClock,
  });
  clusters = eksClusters({ accounts });
  owner = new EKSClient({ endpoint: shim.url, region: ref.region, credentials: accountKey(MEMBER) });
  await owner.send(
    new CreateClusterCommand({
      name: ref.name,
      roleArn: `arn:aws:iam::${MEMBER}:role/eks`,
      resourcesVpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"] },
      accessConfig: { authenticationMode: "API" },
    }),
  );
  await shim.attach(ref, cluster);
  await shim.settle();
});

afterAll(async () => {
  await cluster.stop();
  await shim.close();
});

/** A token has a whole second in it: one of the same second would be the same, and the API server may know it still. So each has its own. */
let signedAt = systemClock.now().getTime() - MINUTE_MS;

function nextSecond(): Clock {
  signedAt += 1000;
  return fixedClock(new Date(signedAt));
}

function earlier(ms: number): Clock {
  return { now: () => new Date(systemClock.now().getTime() - ms) };
}

async function describedCluster(): Promise<ClusterDescription> {
  const described = await clusters.describe(ref);
  if (described === undefined) throw new Error("EKS does not know the cluster");
  return described;
}

async function connect(over: { clock?: Clock; credentials?: CredentialsProvider } = {}): Promise<KubeApi> {
  const connector = eksConnector({
    credentials: accounts.credentials({ roleArn: ROLE }),
    clock: nextSecond(),
    helm: async () => (await helmBinary({ path: process.env.PATH ?? "" })).helm,
    workDir: await scratchFolder(),
    ...over,
  });
  return (await connector.connect(await describedCluster())).kube;
}

async function grant(policyArn: string): Promise<void> {
  await clusters.grantAccess(ref, ROLE, policyArn);
  await shim.settle();
}

async function revokeAll(): Promise<void> {
  await owner.send(new DeleteAccessEntryCommand({ clusterName: ref.name, principalArn: ROLE }));
  await shim.settle();
}

const configMaps = { apiVersion: "v1", kind: "ConfigMap", namespace: "default" };
const unauthorized = { name: "TerminalError", reason: "unauthorized" };
const forbidden = { name: "TerminalError", reason: "forbidden" };

describe("a real API server that authenticates as EKS does", () => {
  it("knows nobody without an access entry", async () => {
    await expect((await connect()).list(configMaps)).rejects.toMatchObject(unauthorized);
  });

  it("honours an entry only some time after it was made", async () => {
    await clusters.grantAccess(ref, ROLE, ADMIN);
    expect(await clusters.accessPolicies(ref, ROLE)).toEqual([ADMIN]);
    await expect((await connect()).list(configMaps)).rejects.toMatchObject(unauthorized);

    await shim.settle();
    await expect((await connect()).apply(object)).resolves.toMatchObject({ metadata: { name: "muster" } });
    await revokeAll();
  });

  it("lets an entry do what its policies allow, and says what it lacks", async () => {
    await grant(ADMIN);
    await (await connect()).apply(object);
    await grant(VIEW);
    await owner.send(
      new DisassociateAccessPolicyCommand({ clusterName: ref.name, principalArn: ROLE, policyArn: ADMIN }),
    );
    await shim.settle();

    const narrowed = await connect();
    await expect(narrowed.list(configMaps)).resolves.not.toEqual([]);
    await expect(narrowed.apply(object)).rejects.toMatchObject(forbidden);
    await expect(narrowed.list({ ...configMaps, kind: "Secret" })).rejects.toMatchObject(forbidden);
    await revokeAll();
  });

  it("knows nobody any more whose entry is gone", async () => {
    await grant(ADMIN);
    await (await connect()).list(configMaps);
    await revokeAll();
    await expect((await connect()).list(configMaps)).rejects.toMatchObject(unauthorized);
  });

  it("takes a token for 15 minutes, whatever it says of itself", async () => {
    await grant(ADMIN);
    const young = await connect({ clock: earlier(14 * MINUTE_MS) });
    await expect(young.list(configMaps)).resolves.toBeInstanceOf(Array);
    const old = await connect({ clock: earlier(15 * MINUTE_MS + 1000) });
    await expect(old.list(configMaps)).rejects.toMatchObject(unauthorized);
    await revokeAll();
  });

  it("knows a role by its name, wherever IAM keeps it", async () => {
    const roleArn = `arn:aws:iam::${HUB}:role/platform/monitoring/musterbook-observer`;
    await clusters.grantAccess(ref, roleArn, VIEW);
    await shim.settle();
    const kube = await connect({ credentials: accounts.credentials({ roleArn }) });
    await expect(kube.list(configMaps)).resolves.toBeInstanceOf(Array);
  });

  it("runs helm with the same token", async () => {
    await grant(ADMIN);
    const binary = await helmBinary({ path: process.env.PATH ?? "" });
    const connector = eksConnector({
      credentials: accounts.credentials({ roleArn: ROLE }),
      clock: systemClock,
      helm: async () => binary.helm,
      workDir: await scratchFolder(),
    });
    const { helm } = await connector.connect(await describedCluster());
    const deadline = new Date(systemClock.now().getTime() + MINUTE_MS);
    // Nothing is installed: that helm says so, it has asked the cluster for.
    await expect(helm.uninstall("none", "default", deadline)).resolves.toBeUndefined();
    await expect(helm.revisions("none", "default")).resolves.toEqual([]);
    await revokeAll();
  });
});

describe("a token that somebody made otherwise", () => {
  type Token = Parameters<typeof eksToken>[0];

  async function mint(over: Partial<Token> = {}): Promise<string> {
    const credentials = await accounts.credentials({ roleArn: ROLE })();
    const clock = nextSecond();
    return eksToken({ clusterName: ref.name, region: ref.region, credentials, clock, ...over });
  }

  async function answerTo(token: string): Promise<number> {
    const { server, certificateAuthority } = cluster;
    const url = `${server}/api/v1/namespaces/default/configmaps`;
    return (await callApi({ url, certificateAuthority, token })).status;
  }

  beforeAll(() => grant(ADMIN));
  afterAll(revokeAll);

  it("is good when nothing was changed", async () => {
    expect(await answerTo(await mint())).toBe(200);
  });

  it("is good for no other cluster", async () => {
    expect(await answerTo(await mint({ clusterName: "prod-b" }))).toBe(401);
  });

  it("is good with the STS of another region", async () => {
    expect(await answerTo(await mint({ region: "eu-central-1" }))).toBe(200);
  });

  it("is refused when it was signed with another secret", async () => {
    const { accessKeyId, sessionToken = "" } = await accounts.credentials({ roleArn: ROLE })();
    const credentials = { accessKeyId, secretAccessKey: "guessed", sessionToken };
    expect(await answerTo(await mint({ credentials }))).toBe(401);
  });

  it("is refused when it was signed before its time", async () => {
    expect(await answerTo(await mint({ clock: earlier(-10 * MINUTE_MS) }))).toBe(401);
  });

  it("is refused of a principal that has no entry", async () => {
    expect(await answerTo(await mint({ credentials: accountKey(HUB) }))).toBe(401);
  });

  it("is refused when it was given another date", async () => {
    const token = changed(await mint(), (url) =>
      url.replace(/(?<=X-Amz-Date=\d{8}T\d{5})\d/, (second) => String((Number(second) + 5) % 10)),
    );
    expect(verifyToken(token, systemClock.now())).toMatchObject({ ok: true });
    expect(await answerTo(token)).toBe(401);
  });

  it.each<[what: string, change: (url: string) => string, why: string]>([
    ["goes to another host", (url) => url.replace(".amazonaws.com/", ".example.com/"), "unexpected host"],
    ["goes over plain HTTP", (url) => url.replace("https:", "http:"), "is not https"],
    ["has another path", (url) => url.replace(".com/?", ".com/x?"), "with the path /"],
    ["has a parameter too many", (url) => `${url}&x-id=GetCallerIdentity`, "x-id is not allowed"],
    ["has a parameter twice", (url) => `${url}&Action=GetCallerIdentity`, "several values"],
    ["asks for something else", (url) => url.replace("GetCallerIdentity", "GetSessionToken"), "the action"],
    ["does not sign the cluster's name", (url) => url.replace("%3Bx-k8s-aws-id", ""), "x-k8s-aws-id is not signed"],
    ["holds for longer than it may", (url) => url.replace("Expires=60", "Expires=901"), "X-Amz-Expires"],
    ["is longer than 4096 bytes", (url) => `${url}${"&x=1".repeat(1000)}`, "too large"],
  ])("is refused when it %s", async (_, change, why) => {
    const token = changed(await mint(), change);
    expect(verifyToken(token, systemClock.now())).toEqual({ ok: false, why: expect.stringContaining(why) });
    expect(await answerTo(token)).toBe(401);
  });
});

function changed(token: string, change: (url: string) => string): string {
  const url = Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString();
  return `k8s-aws-v1.${Buffer.from(change(url)).toString("base64url")}`;
}

import { randomInt } from "node:crypto";
import {
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClusterCommand,
  EKSClient,
  TagResourceCommand,
} from "@aws-sdk/client-eks";
import { afterAll, beforeAll, describe, expect, inject, it, vi } from "vitest";
import { awsAccounts } from "#aws/accounts";
import { eksClusters } from "#aws/eks-clusters";
import { fixedClock, systemClock } from "#fleet/clock";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { type ClusterApiHarness, defineClusterApiContract } from "#test/contracts/cluster-api";
import { accountKey } from "#test/real/eks/keys";
import { type EksShim, startEksShim } from "#test/real/eks/shim";

const REGION = "eu-west-1";
const HUB = newAccount();
let shim: EksShim;

beforeAll(async () => {
  shim = await startEksShim({ upstream: inject("ministack").url });
});

afterAll(() => shim.close());

function newAccount(): string {
  return String(randomInt(100_000_000_000, 999_999_999_999));
}

/** Whoever owns the account, with the SDK. */
function owner({ account, region }: ClusterRef): EKSClient {
  return new EKSClient({ endpoint: shim.url, region, credentials: accountKey(account) });
}

/** EKS of a member account, which Musterbook reaches by its role there. */
function eksOf(memberAccount: string) {
  const accounts = awsAccounts({
    hub: { region: REGION, endpoint: shim.url, credentials: accountKey(HUB) },
    roleFor: (account) => ({ roleArn: `arn:aws:iam::${account}:role/musterbook-member`, externalId: "fleet" }),
    clock: systemClock,
  });
  const at = { account: memberAccount, name: "dev-7" };
  return {
    api: eksClusters({ accounts, pageSize: 2 }),
    ref: clusterRef({ ...at, region: REGION }),
    elsewhere: clusterRef({ ...at, region: "us-east-1" }),
  };
}

async function make(): Promise<ClusterApiHarness> {
  const { api, ref, elsewhere } = eksOf(newAccount());
  return {
    ...{ api, ref, elsewhere },
    create: async (of, { tags, authenticationMode = "API" } = {}) => {
      await owner(of).send(
        new CreateClusterCommand({
          name: of.name,
          roleArn: `arn:aws:iam::${of.account}:role/eks`,
          resourcesVpcConfig: { subnetIds: ["subnet-0a", "subnet-0b"] },
          accessConfig: { authenticationMode },
          ...(tags === undefined ? {} : { tags }),
        }),
      );
    },
    remove: async (of) => void (await owner(of).send(new DeleteClusterCommand({ name: of.name }))),
    tag: async (of, tags) => void (await owner(of).send(new TagResourceCommand({ resourceArn: of.arn, tags }))),
    settle: () => shim.settle(),
    failNext: (call, how) => shim.failNext(call === "list" ? "ListClusters" : "DescribeCluster", how),
    failGrant: (how) => shim.failNext("AssociateAccessPolicy", how),
  };
}

defineClusterApiContract("eksClusters on ministack", make);

describe("eksClusters on ministack", () => {
  it("reads what a cluster is like", async () => {
    const { api, ref, create, settle } = await make();
    await create(ref, { authenticationMode: "API_AND_CONFIG_MAP" });
    await settle();

    expect(await api.describe(ref)).toMatchObject({
      authenticationMode: "API_AND_CONFIG_MAP",
      endpointPublicAccess: true,
      endpointPrivateAccess: false,
      publicAccessCidrs: ["0.0.0.0/0"],
      vpcId: expect.stringMatching(/^vpc-/),
      autoMode: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  it("tells no cluster of an account for gone with the credentials of another", async () => {
    const account = newAccount();
    const api = eksClusters({
      accounts: awsAccounts({
        hub: { region: REGION, endpoint: shim.url, credentials: accountKey(HUB) },
        roleFor: () => undefined,
        clock: systemClock,
      }),
    });
    const ref = clusterRef({ account, region: REGION, name: "prod-a" });
    const refusal = { name: "TerminalError", reason: "wrong-account", message: expect.stringContaining(HUB) };

    await expect(api.describe(ref)).rejects.toMatchObject(refusal);
    await expect(api.list(ref)).rejects.toMatchObject(refusal);
    await expect(api.list({ account: HUB, region: REGION })).resolves.toEqual([]);
  });

  it("is reached where the environment says, as a deployed function is pointed at an emulator", async () => {
    const { ref, create } = await make();
    await create(ref);
    vi.stubEnv("AWS_ENDPOINT_URL_EKS", shim.url);
    vi.stubEnv("AWS_ENDPOINT_URL_STS", shim.url);
    const roleFor = (account: string) => ({ roleArn: `arn:aws:iam::${account}:role/musterbook-member` });
    const hub = { region: REGION, credentials: accountKey(HUB) };
    const api = eksClusters({ accounts: awsAccounts({ hub, roleFor, clock: systemClock }) });

    expect(await api.list(ref)).toEqual([ref]);
    vi.unstubAllEnvs();
  });
});

describe("the shim", () => {
  it("lets time alone bring clusters to their end, where it is told how much", async () => {
    const clock = fixedClock("2026-11-21T10:00:00Z");
    const own = await startEksShim({ upstream: inject("ministack").url, delays: { clusterMs: 60_000 }, clock });
    const { ref } = eksOf(newAccount());
    const eks = new EKSClient({ endpoint: own.url, region: REGION, credentials: accountKey(ref.account) });
    const status = async () => (await eks.send(new DescribeClusterCommand({ name: ref.name }))).cluster?.status;
    const { name, account } = ref;
    const roleArn = `arn:aws:iam::${account}:role/eks`;
    await eks.send(new CreateClusterCommand({ name, roleArn, resourcesVpcConfig: { subnetIds: ["subnet-0a"] } }));

    clock.advance(59_000);
    expect(await status()).toBe("CREATING");
    clock.advance(1_000);
    expect(await status()).toBe("ACTIVE");
    await own.close();
  });
});

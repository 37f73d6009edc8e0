import { describe, expect, it } from "vitest";
import { denied, throttled } from "#local/local-clusters";
import { observeAccess, observeCluster } from "#onboard/observe/cluster";
import type { ClusterApi, ClusterDescription } from "#onboard/ports";
import { ACTIVE_DEV, createWorld, DEV } from "#test/packages/onboard/world";

const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";

function eks(change: Partial<ClusterApi>): ClusterApi {
  return { ...createWorld().clusters, ...change };
}

describe("observeCluster", () => {
  it.each([
    ["CREATING", "creating"],
    ["PENDING", "creating"],
    ["ACTIVE", "active"],
    ["UPDATING", "updating"],
    ["DELETING", "deleting"],
    ["FAILED", "failed"],
  ] as const satisfies readonly (readonly [ClusterDescription["status"], string])[])(
    "takes %s for %s",
    async (word, status) => {
      const description = { ...ACTIVE_DEV, status: word };
      expect(await observeCluster(DEV, eks({ describe: async () => description }))).toEqual({ status, description });
    },
  );

  it.each([
    [throttled(), true],
    [denied("eks:DescribeCluster", DEV.arn), false],
  ])("takes no error for absence: %s", async (error, retryable) => {
    const found = await observeCluster(DEV, eks({ describe: () => Promise.reject(error) }));
    expect(found).toMatchObject({ status: "unobservable", retryable, reason: error.reason, remedy: error.remedy });
  });

  it("lets a defect through", async () => {
    const broken = eks({ describe: () => Promise.reject(new TypeError("a defect")) });
    await expect(observeCluster(DEV, broken)).rejects.toThrow("a defect");
  });
});

describe("observeAccess", () => {
  const seen = (accessPolicies: ClusterApi["accessPolicies"], description = ACTIVE_DEV) =>
    observeAccess(description, "role", eks({ accessPolicies }));

  it.each([
    [undefined, { status: "missing" }],
    [[], { status: "narrowed", policies: [] }],
    [["view"], { status: "narrowed", policies: ["view"] }],
    [["view", ADMIN], { status: "granted" }],
  ])("of an entry with %j", async (policies, expected) => {
    expect(await seen(async () => policies)).toEqual(expected);
  });

  it("knows the policy of another partition", async () => {
    const ref = { ...DEV, partition: "aws-cn" } as const;
    const policy = ADMIN.replace("arn:aws:", "arn:aws-cn:");
    expect(await seen(async () => [policy], { ...ACTIVE_DEV, ref })).toEqual({ status: "granted" });
  });

  it("does not ask where entries are not taken", async () => {
    const asked = () => Promise.reject(new Error("asked"));
    const description = { ...ACTIVE_DEV, authenticationMode: "CONFIG_MAP" } as const;
    expect(await seen(asked, description)).toEqual({ status: "config-map-only" });
  });

  it("says that it may not ask", async () => {
    const found = await seen(() => Promise.reject(denied("eks:DescribeAccessEntry", DEV.arn)));
    expect(found).toMatchObject({ status: "unreadable", retryable: false });
  });
});

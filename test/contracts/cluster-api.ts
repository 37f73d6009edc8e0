import { beforeEach, describe, expect, it } from "vitest";
import type { ClusterRef } from "#fleet/cluster";
import { RetryableError, TerminalError } from "#fleet/errors";
import type { ClusterApi, ClusterDescription } from "#onboard/ports";

/** An EKS under test, with what its users can do to it. */
export interface ClusterApiHarness {
  readonly api: ClusterApi;
  /** A cluster of the first scope that does not exist. */
  readonly ref: ClusterRef;
  /** Another one, in another region. */
  readonly elsewhere: ClusterRef;
  /** CreateCluster; returns while it is CREATING. */
  create(ref: ClusterRef, given?: Partial<Pick<ClusterDescription, "tags" | "authenticationMode">>): Promise<void>;
  /** DeleteCluster; returns while it is DELETING. */
  remove(ref: ClusterRef): Promise<void>;
  /** Lets what is under way come to its end. */
  settle(): Promise<void>;
  /** Makes the next call throttled, or refused for want of a right; for `list`, after its first page if it has pages. */
  failNext(call: "describe" | "list", how: "throttled" | "denied"): void;
}

const ROLE = "arn:aws:iam::111122223333:role/musterbook";
const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";

/** What every ClusterApi must do; `make` gives an EKS without clusters in the scopes of `ref` and `elsewhere`. */
export function defineClusterApiContract(title: string, make: () => Promise<ClusterApiHarness>): void {
  describe(`${title}, as a ClusterApi`, () => {
    let eks: ClusterApiHarness;

    beforeEach(async () => {
      eks = await make();
    });

    it("describes a cluster that is not there as undefined", async () => {
      expect(await eks.api.describe(eks.ref)).toBeUndefined();
    });

    it("follows a cluster from creation to absence", async () => {
      await eks.create(eks.ref, { tags: { stage: "dev" } });
      expect(await eks.api.describe(eks.ref)).toMatchObject({
        ref: eks.ref,
        status: "CREATING",
        tags: { stage: "dev" },
      });
      await eks.settle();
      expect(await eks.api.describe(eks.ref)).toMatchObject({ status: "ACTIVE" });
      await eks.remove(eks.ref);
      expect(await eks.api.describe(eks.ref)).toMatchObject({ status: "DELETING" });
      await eks.settle();
      expect(await eks.api.describe(eks.ref)).toBeUndefined();
    });

    it("tells a cluster from a later one with its ARN by its time of creation", async () => {
      const created: (string | undefined)[] = [];
      for (let n = 0; n < 2; n++) {
        await eks.create(eks.ref);
        await eks.settle();
        created.push((await eks.api.describe(eks.ref))?.createdAt);
        await eks.remove(eks.ref);
        await eks.settle();
      }
      expect(new Set(created).size).toBe(2);
    });

    it("lists the clusters of one account and region", async () => {
      await eks.create(eks.ref);
      await eks.create(eks.elsewhere);
      expect(await eks.api.list(eks.ref)).toEqual([eks.ref]);
      expect(await eks.api.list(eks.elsewhere)).toEqual([eks.elsewhere]);
    });

    it.each([
      ["throttled", RetryableError],
      ["denied", TerminalError],
    ] as const)("throws when it is %s, and never answers with a part or with absence", async (how, kind) => {
      await eks.create(eks.ref);
      eks.failNext("list", how);
      await expect(eks.api.list(eks.ref)).rejects.toBeInstanceOf(kind);
      eks.failNext("describe", how);
      await expect(eks.api.describe(eks.ref)).rejects.toBeInstanceOf(kind);
      expect(await eks.api.list(eks.ref)).toHaveLength(1);
    });

    it("makes an access entry once, however often it is asked", async () => {
      await eks.create(eks.ref);
      await eks.settle();
      expect(await eks.api.accessPolicies(eks.ref, ROLE)).toBeUndefined();
      await eks.api.grantAccess(eks.ref, ROLE, ADMIN);
      await eks.api.grantAccess(eks.ref, ROLE, ADMIN);
      expect(await eks.api.accessPolicies(eks.ref, ROLE)).toEqual([ADMIN]);
    });

    it("adds a policy to an entry that has another", async () => {
      await eks.create(eks.ref);
      await eks.settle();
      await eks.api.grantAccess(eks.ref, ROLE, VIEW);
      await eks.api.grantAccess(eks.ref, ROLE, ADMIN);
      expect((await eks.api.accessPolicies(eks.ref, ROLE))?.toSorted()).toEqual([ADMIN, VIEW]);
    });

    it("gives a later cluster with the same ARN no access of the earlier one", async () => {
      await eks.create(eks.ref);
      await eks.settle();
      await eks.api.grantAccess(eks.ref, ROLE, ADMIN);
      await eks.remove(eks.ref);
      await eks.settle();
      await eks.create(eks.ref);
      expect(await eks.api.accessPolicies(eks.ref, ROLE)).toBeUndefined();
    });

    it("refuses entries where the cluster knows the aws-auth ConfigMap only", async () => {
      await eks.create(eks.ref, { authenticationMode: "CONFIG_MAP" });
      await eks.settle();
      await expect(eks.api.grantAccess(eks.ref, ROLE, ADMIN)).rejects.toBeInstanceOf(TerminalError);
    });
  });
}

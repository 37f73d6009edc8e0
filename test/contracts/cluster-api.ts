import { beforeEach, describe, expect, it } from "vitest";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import { RetryableError } from "#fleet/errors";
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
  /** TagResource: adds these to the tags of a cluster. */
  tag(ref: ClusterRef, tags: ClusterDescription["tags"]): Promise<void>;
  /** Lets what is under way come to its end. */
  settle(): Promise<void>;
  /** Makes the next call throttled, or refused for want of a right; for `list`, at its last page if it has pages. */
  failNext(call: "describe" | "list", how: "throttled" | "denied"): void;
  /** Makes the next `grantAccess` fail: throttled, or for an entry that EKS has made and does not yet show. */
  failGrant(how: "throttled" | "unsettled"): void;
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
        endpoint: null,
        certificateAuthority: null,
        tags: { stage: "dev" },
      });
      await eks.settle();
      expect(await eks.api.describe(eks.ref)).toMatchObject({
        status: "ACTIVE",
        endpoint: expect.stringMatching(/^https?:/),
      });
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

    it("sees tags that were added later", async () => {
      await eks.create(eks.ref, { tags: { stage: "dev" } });
      await eks.settle();
      await eks.tag(eks.ref, { "musterbook:mode": "manage" });
      expect((await eks.api.describe(eks.ref))?.tags).toEqual({ stage: "dev", "musterbook:mode": "manage" });
    });

    it("lists the clusters of one account and region", async () => {
      await eks.create(eks.ref);
      await eks.create(eks.elsewhere);
      expect(await eks.api.list(eks.ref)).toEqual([eks.ref]);
      expect(await eks.api.list(eks.elsewhere)).toEqual([eks.elsewhere]);
    });

    it("lists every cluster, however many", async () => {
      const refs = several(eks.ref);
      for (const ref of refs) await eks.create(ref);
      expect(arnsOf(await eks.api.list(eks.ref))).toEqual(arnsOf(refs));
    });

    it.each([
      ["throttled", { name: "RetryableError", reason: "throttled" }],
      ["denied", { name: "TerminalError", reason: "forbidden", message: expect.stringContaining("eks:") }],
    ] as const)("throws when it is %s, and never answers with a part or with absence", async (how, error) => {
      const refs = several(eks.ref);
      for (const ref of refs) await eks.create(ref);
      eks.failNext("list", how);
      await expect(eks.api.list(eks.ref)).rejects.toMatchObject(error);
      eks.failNext("describe", how);
      await expect(eks.api.describe(eks.ref)).rejects.toMatchObject(error);
      expect(await eks.api.list(eks.ref)).toHaveLength(refs.length);
    });

    it("makes an access entry once, however often it is asked", async () => {
      await eks.create(eks.ref);
      await eks.settle();
      expect(await eks.api.accessPolicies(eks.ref, ROLE)).toBeUndefined();
      await eks.api.grantAccess(eks.ref, ROLE, ADMIN);
      await eks.api.grantAccess(eks.ref, ROLE, ADMIN);
      expect(await eks.api.accessPolicies(eks.ref, ROLE)).toEqual([ADMIN]);
    });

    it.each(["throttled", "unsettled"] as const)("completes an entry when the call before was %s", async (how) => {
      await eks.create(eks.ref);
      await eks.settle();
      eks.failGrant(how);
      await expect(eks.api.grantAccess(eks.ref, ROLE, ADMIN)).rejects.toBeInstanceOf(RetryableError);
      expect(await eks.api.accessPolicies(eks.ref, ROLE)).not.toEqual([ADMIN]);
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
      const refusal = { name: "TerminalError", reason: "config-map-only" };
      await expect(eks.api.grantAccess(eks.ref, ROLE, ADMIN)).rejects.toMatchObject(refusal);
      await expect(eks.api.accessPolicies(eks.ref, ROLE)).rejects.toMatchObject(refusal);
    });

    it("does not take a cluster that is gone for one without an entry", async () => {
      const refusal = { name: "TerminalError", reason: "cluster-absent" };
      await expect(eks.api.accessPolicies(eks.ref, ROLE)).rejects.toMatchObject(refusal);
      await expect(eks.api.grantAccess(eks.ref, ROLE, ADMIN)).rejects.toMatchObject(refusal);
    });
  });
}

/** Five clusters, `of` the first of them: more than two pages of two. */
function several(of: ClusterRef): readonly ClusterRef[] {
  return [of, ...["a", "b", "c", "d"].map((suffix) => clusterRef({ ...of, name: `${of.name}-${suffix}` }))];
}

function arnsOf(refs: readonly ClusterRef[]): readonly string[] {
  return refs.map(({ arn }) => arn).toSorted();
}

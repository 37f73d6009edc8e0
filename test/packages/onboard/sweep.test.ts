import { describe, expect, it } from "vitest";
import { type ClusterRef, clusterRef } from "#fleet/cluster";
import type { ClusterRecord } from "#fleet/record";
import { denied } from "#local/local-clusters";
import { type Scope, sweep } from "#onboard/sweep";
import { recordOf } from "#test/packages/stores/records";

const ACCOUNT = "111122223333";
const IRELAND: Scope = { account: ACCOUNT, region: "eu-west-1" };
const VIRGINIA: Scope = { account: ACCOUNT, region: "us-east-1" };
const at = (scope: Scope, name: string) => clusterRef({ ...scope, name });
const known = ({ arn }: ClusterRef, phase: ClusterRecord["phase"] = "present") => ({
  ...recordOf("x", "none"),
  arn,
  phase,
});

async function swept(
  clusters: readonly ClusterRef[],
  records: readonly ClusterRecord[],
  failing?: Scope,
  mentioned: readonly string[] = [],
) {
  const looks: string[] = [];
  const silent = () => undefined;
  const outcome = await sweep({
    config: { scopes: [{ account: ACCOUNT, regions: ["eu-west-1", "us-east-1"] }] },
    clusters: {
      list: async ({ region }) => {
        if (region === failing?.region) throw denied("eks:ListClusters", region);
        return clusters.filter((ref) => ref.region === region);
      },
    },
    registry: { all: async () => records },
    mentioned: async () => mentioned,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    enqueue: async ({ name }, because) => void looks.push(`${name}: ${because}`),
  });
  return { ...outcome, looks };
}

describe("sweep", () => {
  it("looks at every cluster of every scope", async () => {
    const { looks, found, failures } = await swept([at(IRELAND, "a"), at(VIRGINIA, "b")], []);
    expect(looks).toEqual(["a: the sweep found it", "b: the sweep found it"]);
    expect([found, failures]).toEqual([2, []]);
  });

  it("looks at what is on record and not there any more, once", async () => {
    const { looks, enqueued } = await swept([at(IRELAND, "a")], [known(at(IRELAND, "a")), known(at(IRELAND, "gone"))]);
    expect(looks).toEqual(["a: the sweep found it", "gone: the sweep did not find it any more"]);
    expect(enqueued).toBe(2);
  });

  it("does not look again at what has been removed", async () => {
    expect((await swept([], [known(at(IRELAND, "gone"), "removed")])).looks).toEqual([]);
  });

  it("leaves the clusters of a scope alone that it could not list, and goes on with the others", async () => {
    const records = [known(at(IRELAND, "kept")), known(at(VIRGINIA, "gone"))];
    const { looks, failures } = await swept([at(VIRGINIA, "b")], records, IRELAND);
    expect(looks).toEqual(["b: the sweep found it", "gone: the sweep did not find it any more"]);
    expect(failures).toMatchObject([{ scope: IRELAND, error: { reason: "forbidden" } }]);
  });

  it("leaves the clusters of a scope alone that the configuration does not name any more", async () => {
    expect((await swept([], [known(at({ account: ACCOUNT, region: "eu-west-2" }, "kept"))])).looks).toEqual([]);
  });

  it("looks at what is only mentioned, unless its scope could not be listed", async () => {
    const there = at(IRELAND, "a");
    const elsewhere = at({ account: ACCOUNT, region: "eu-west-2" }, "elsewhere");
    const mentioned = [there, at(IRELAND, "gone"), at(VIRGINIA, "hidden"), elsewhere].map(({ arn }) => arn);

    const { looks } = await swept([there], [], VIRGINIA, [...mentioned, "unknown"]);

    expect(looks).toEqual([
      "a: the sweep found it",
      "gone: the sweep did not find it any more",
      "elsewhere: the sweep did not find it any more",
    ]);
  });

  it("looks at what it found although the records cannot be read", async () => {
    const looks: string[] = [];
    const silent = () => undefined;
    const sweeping = sweep({
      config: { scopes: [{ account: ACCOUNT, regions: ["eu-west-1"] }] },
      clusters: { list: async () => [at(IRELAND, "a")] },
      registry: { all: () => Promise.reject(denied("dynamodb:Query", "registry")) },
      mentioned: async () => [],
      log: { debug: silent, info: silent, warn: silent, error: silent },
      enqueue: async ({ name }) => void looks.push(name),
    });

    await expect(sweeping).rejects.toMatchObject({ reason: "forbidden" });
    expect(looks).toEqual(["a"]);
  });

  it("lets a defect through", async () => {
    const broken = { all: () => Promise.reject(new Error("a defect")) };
    const silent = () => undefined;
    const ports = {
      config: { scopes: [] },
      clusters: { list: async () => [] },
      registry: broken,
      mentioned: async () => [],
      log: { debug: silent, info: silent, warn: silent, error: silent },
      enqueue: async () => undefined,
    };
    await expect(sweep(ports)).rejects.toThrow("a defect");
  });
});

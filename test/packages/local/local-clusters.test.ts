import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { clusterRef } from "#fleet/cluster";
import type { MusterbookError } from "#fleet/errors";
import { denied, localClusters, throttled } from "#local/local-clusters";
import { defineClusterApiContract } from "#test/contracts/cluster-api";

const ref = clusterRef({ account: "111122223333", region: "eu-west-1", name: "dev-7" });

defineClusterApiContract("localClusters", async () => {
  const clock = fixedClock("2026-11-21T10:00:00Z");
  const failures = new Map<string, MusterbookError>();
  const api = localClusters({
    clock,
    settleMs: 60_000,
    fault: (call) => {
      const error = failures.get(call);
      failures.delete(call);
      return error;
    },
  });
  return {
    api,
    ref,
    elsewhere: clusterRef({ account: "111122223333", region: "us-east-1", name: "dev-7" }),
    create: async (of, given) => void api.create(of, given),
    remove: async (of) => api.remove(of),
    tag: async (of, tags) => api.update(of, { tags: { ...(await api.describe(of))?.tags, ...tags } }),
    settle: async () => clock.advance(60_000),
    failNext: (call, how) =>
      void failures.set(call, how === "throttled" ? throttled() : denied(`eks:${call}`, ref.arn)),
    failGrant: () => void failures.set("grantAccess", throttled()),
  };
});

describe("localClusters", () => {
  it("refuses a second cluster of a name", () => {
    const clusters = localClusters({ clock: fixedClock("2026-11-21T10:00:00Z") });
    clusters.create(ref);
    expect(() => clusters.create(ref)).toThrow("already");
  });

  it("changes what its user changes, and refuses to change what is not there", async () => {
    const clusters = localClusters({ clock: fixedClock("2026-11-21T10:00:00Z") });
    expect(() => clusters.update(ref, { tags: {} })).toThrow("knows no cluster");
    clusters.create(ref);
    clusters.update(ref, { status: "ACTIVE", tags: { a: "b" } });
    expect(await clusters.describe(ref)).toMatchObject({ status: "ACTIVE", tags: { a: "b" } });
  });

  it("keeps its clusters over a restart", async () => {
    const clock = fixedClock("2026-11-21T10:00:00Z");
    const db = new DatabaseSync(":memory:");
    const made = localClusters({ clock, db }).create(ref, { tags: { stage: "dev" } });
    expect(await localClusters({ clock, db }).describe(ref)).toEqual(made);
  });
});

import { describe, expect, it } from "vitest";
import type { FleetConfigInput } from "#config/fleet-config";
import { clusterRef } from "#fleet/cluster";
import { lookMessage } from "#onboard/look-message";
import { deployment, PROD_A } from "#test/factories/deployment";

function reconciling(config: Partial<FleetConfigInput> = {}) {
  const world = deployment({ only: ["reconcile-cluster"], config });
  let sent = 0;
  const look = (body: string, groupId = PROD_A.arn) =>
    world.runtime.queues.send("clusters.fifo", { body, groupId, dedupId: `look-${++sent}` });
  return { ...world, look };
}

/** What EKS takes to make a cluster here. */
const MINUTE = 60_000;
const MANAGED: Partial<FleetConfigInput> = { modes: [{ select: {}, mode: "manage" }] };

describe("reconcile-cluster", () => {
  it.each([
    ["no JSON", "{", "(root)"],
    ["a version that never was", '{"schemaVersion":0,"arn":"x","because":"b"}', "schemaVersion"],
    ["the ARN of something else", '{"schemaVersion":1,"arn":"arn:aws:s3:::x","because":"b"}', "arn"],
  ])("dead-letters %s, with the field", async (_, body, field) => {
    const { look, settle, runtime, bodies } = reconciling();
    await look(body);
    await settle();

    expect(bodies("clusters.fifo")).toEqual([]);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({ queue: "clusters-dlq.fifo", body, groupId: PROD_A.arn }),
    ]);
    expect(runtime.deadLetters()[0]?.reason).toContain(`message cannot be read: ${field} is `);
  });

  it("says why it does not look at a cluster outside of the scopes", async () => {
    const { look, settle, ports, lines, runtime } = reconciling(MANAGED);
    const elsewhere = clusterRef({ ...PROD_A, account: "999900001111" });
    await look(lookMessage(elsewhere.arn, "CreateCluster"), elsewhere.arn);
    await settle();

    expect(await ports.registry.get(elsewhere.arn)).toBeUndefined();
    expect(lines.join("\n")).toContain("account 999900001111, region eu-west-1 is not among the scopes");
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("records what it saw of a cluster, and raises no alert while all is in time", async () => {
    const { look, settle, eks, ports, firing } = reconciling(MANAGED);
    eks.create(PROD_A, { tags: { stage: "prod" } });
    await look(lookMessage(PROD_A.arn, "CreateCluster"));
    await settle();

    expect((await ports.registry.get(PROD_A.arn))?.record).toMatchObject({ mode: "manage", phase: "waiting" });
    expect(await firing()).toEqual([]);
  });

  it("raises an alert for a cluster that needs a person, and resolves it when the cluster is gone", async () => {
    const { look, settle, eks, firing, published, clock } = reconciling(MANAGED);
    eks.create(PROD_A, { authenticationMode: "CONFIG_MAP" });
    clock.advance(MINUTE);
    await look(lookMessage(PROD_A.arn, "CreateCluster"));
    await settle();
    expect(await firing()).toEqual(["cluster.step-failed"]);

    eks.remove(PROD_A);
    clock.advance(60 * MINUTE);
    await look(lookMessage(PROD_A.arn, "DeleteCluster"));
    await settle();

    expect(await firing()).toEqual([]);
    expect(published).toEqual(["cluster.step-failed opened", "cluster.step-failed resolved"]);
  });

  it("resolves only the alerts of the cluster that it looked at", async () => {
    const { look, settle, eks, firing, clock } = reconciling(MANAGED);
    const other = clusterRef({ ...PROD_A, name: "prod-b" });
    eks.create(PROD_A, { authenticationMode: "CONFIG_MAP" });
    clock.advance(MINUTE);
    await look(lookMessage(PROD_A.arn, "CreateCluster"));
    await look(lookMessage(other.arn, "DeleteCluster"), other.arn);
    await settle();

    expect(await firing()).toEqual(["cluster.step-failed"]);
  });

  it("leaves a cluster alone that carries musterbook:ignore", async () => {
    const { look, settle, eks, ports, kube } = reconciling(MANAGED);
    eks.create(PROD_A, { tags: { "musterbook:ignore": "true" } });
    await look(lookMessage(PROD_A.arn, "CreateCluster"));
    await settle();

    expect((await ports.registry.get(PROD_A.arn))?.record.phase ?? "no record").not.toBe("waiting");
    expect(await kube.list({ apiVersion: "v1", kind: "Secret" })).toEqual([]);
  });
});

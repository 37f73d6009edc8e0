import { once } from "node:events";
import { connect } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { describeError } from "#fleet/errors";
import { BANK, OBSERVER, SHOP } from "#test/real/hub/fleet";
import type { Leaf } from "#test/real/hub/leaf";
import { seriesOf, storesOf, watchQuerier } from "#test/real/hub/observed-stores";
import { startListReader } from "#test/real/hub/observer";
import { type Scene, startScene } from "#test/real/hub/scene";
import type { Querier } from "#test/real/servers/querier";

const WAIT = { timeout: 60_000, interval: 250 };

/** Two Queriers read what Musterbook wrote: the file beside its list, and the ConfigMap on the observer. */
describe("registered means seen", () => {
  let scene: Scene;
  let leaves: readonly Leaf[];
  let queriers: Readonly<Record<"file" | "ConfigMap", Querier>>;

  beforeAll(async () => {
    scene = await startScene([SHOP, BANK]);
    return () => scene.close();
  });

  it("brings in two clusters from the events of their creation, each proven through the observer's service proxy", async () => {
    const { hub } = scene;
    const running = Promise.all([scene.runLeaf(SHOP, "leaf-querier"), scene.runLeaf(BANK, "sidecar")]);
    const reading = startListReader(scene.listFile, scene.names.proxy);
    await hub.tell("CreateCluster", SHOP);
    await hub.tell("CreateCluster", BANK);
    await hub.driveUntil(async () => {
      const records = await Promise.all([SHOP, BANK].map((ref) => hub.recordOf(ref)));
      return records.every((record) => record?.phase === "present");
    });

    for (const ref of [SHOP, BANK]) {
      const { conditions } = (await hub.recordOf(ref)) ?? {};
      expect(conditions?.Queryable).toMatchObject({
        status: "yes",
        evidence: `the Querier holds ${scene.addressOf(ref)} with 1 label set; up{cluster="${ref.name}"} answers 1 series`,
      });
    }
    leaves = await running;
    queriers = { file: await reading, ConfigMap: scene.observer.querier };
  });

  it.each(["file", "ConfigMap"] as const)(
    "shows both, with their labels, to the Querier that reads the %s",
    async (by) => {
      const labels = {
        region: "eu-west-1",
        account: "111122223333",
        stage: "prod",
        prometheus_replica: "prometheus-musterbook-0",
      };
      await expect
        .poll(() => storesOf(queriers[by]))
        .toEqual([
          { name: scene.addressOf(BANK), kind: "sidecar", error: null, labelSets: [{ cluster: "bank-1", ...labels }] },
          { name: scene.addressOf(SHOP), kind: "query", error: null, labelSets: [{ cluster: "shop-1", ...labels }] },
        ]);
      for (const cluster of ["shop-1", "bank-1"]) {
        await expect
          .poll(() => seriesOf(queriers[by], `up{cluster="${cluster}"}`), WAIT)
          .toEqual([expect.objectContaining({ cluster, stage: "prod", job: "prometheus" })]);
      }
    },
  );

  it("lets nobody in who has no certificate", async () => {
    for (const { grpcPort } of leaves) expect(await greetWithoutCertificate(grpcPort)).toMatch(/certificate required/);
  });

  it("takes a deleted one away, and the other never flickers", async () => {
    const { hub } = scene;
    const [gone, kept] = [scene.addressOf(BANK), scene.addressOf(SHOP)];
    const watches = Object.values(queriers).map((querier) => watchQuerier(querier, SHOP.name));
    const seen = (isSo: (stores: readonly string[]) => boolean) =>
      watches.every(({ samples }) => samples.filter(({ stores }) => isSo(stores)).length >= 3);

    await expect.poll(() => seen((stores) => stores.includes(gone)), WAIT).toBe(true);
    hub.eks.remove(BANK);
    await hub.tell("DeleteCluster", BANK);
    await hub.driveUntil(async () => (await hub.recordOf(BANK))?.phase === "removed");
    await expect.poll(() => seen((stores) => !stores.includes(gone)), WAIT).toBe(true);
    await Promise.all(watches.map((watch) => watch.end()));

    for (const { stores, up } of watches.flatMap(({ samples }) => samples)) {
      expect([stores.includes(kept), up]).toEqual([true, 1]);
    }
    for (const querier of Object.values(queriers)) expect(await storesOf(querier)).toMatchObject([{ name: kept }]);
    expect(hub.dns.records().map(({ owner }) => owner)).toEqual([SHOP.arn]);
  });

  it("leaves the observer itself alone", async () => {
    expect(await scene.hub.recordOf(OBSERVER)).toMatchObject({ mode: "observe", phase: "observed" });
  });
});

/** What a leaf's StoreAPI says to a client without a certificate. */
async function greetWithoutCertificate(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
  const [error] = await once(socket, "close").then(
    () => ["it was let in and then left"],
    (cause: unknown) => [describeError(cause)],
  );
  return String(error);
}

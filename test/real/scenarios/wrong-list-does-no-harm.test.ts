import { readFile } from "node:fs/promises";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { eksClusters } from "#aws/eks-clusters";
import { throttled } from "#local/local-clusters";
import type { ClusterApi } from "#onboard/ports";
import { fault, json, serveAws } from "#test/fakes/aws-server";
import { BANK, SHOP } from "#test/real/hub/fleet";
import type { Leaf } from "#test/real/hub/leaf";
import { storesOf, watchQuerier } from "#test/real/hub/observed-stores";
import { type Scene, startScene } from "#test/real/hub/scene";
import { callApi } from "#test/real/servers/api";
import type { Server } from "#test/real/servers/process";

const WAIT = { timeout: 60_000, interval: 250 };
const SWEEP_MINUTES = 20;
const CHECK_MINUTES = 6;
/** Thanos drops a silent endpoint from its view by itself; in the field after five minutes. */
const FLAGS = ["--store.unhealthy-timeout=10s"];

describe("a wrong list does no harm", () => {
  let scene: Scene;
  let shop: Leaf;
  let bank: Leaf;

  beforeAll(async () => {
    scene = await startScene([SHOP, BANK], FLAGS);
    return () => scene.close();
  });

  const listNow = () => readFile(scene.listFile, "utf8");
  const storesNow = async () => (await storesOf(scene.observer.querier)).map(({ name, error }) => [name, error]);

  /** From here on it accepts connections, as the kernel does for it, and never answers. */
  function silence(...servers: readonly Server[]): void {
    for (const { pid } of servers) process.kill(pid, "SIGSTOP");
    // A process that stands still heeds no SIGTERM.
    onTestFinished(() => resume(...servers));
  }

  function resume(...servers: readonly Server[]): void {
    for (const { pid } of servers) process.kill(pid, "SIGCONT");
  }

  it("waits for a new leaf that never answers, and says what may be wrong", async () => {
    const { hub } = scene;
    const running = Promise.all([
      scene.runLeaf(SHOP, "leaf-querier"),
      scene.runLeaf(BANK, "sidecar").then((leaf) => {
        silence(leaf.sidecar);
        return leaf;
      }),
    ]);
    for (const ref of [SHOP, BANK]) await hub.tell("CreateCluster", ref);
    await hub.driveUntil(async () => {
      const records = await Promise.all([SHOP, BANK].map((ref) => hub.recordOf(ref)));
      return records[0]?.phase === "present" && records[1]?.message.includes("holds 1 of the list's 1 others") === true;
    });
    [shop, bank] = await running;

    expect(await hub.recordOf(BANK)).toMatchObject({
      phase: "waiting",
      step: "prove",
      reason: "not-in-stores",
      message: expect.stringMatching(/update of endpoint failed.*security group.*certificates/),
      endpoint: { state: "listed" },
    });
    resume(bank.sidecar);
    await hub.driveUntil(async () => (await hub.recordOf(BANK))?.phase === "present");
  });

  describe("a list", () => {
    /** EKS names the first cluster and fails to name the second. */
    async function failingOnPageTwo(): Promise<ClusterApi["list"]> {
      const eks = await serveAws(({ query }) =>
        query.get("nextToken") === null
          ? json(200, { clusters: [SHOP.name], nextToken: "two" })
          : fault(429, "ThrottlingException", "Rate exceeded"),
      );
      onTestFinished(() => eks.close());
      const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
      const reach = async ({ region }: { readonly region: string }) => ({ region, endpoint: eks.url, credentials });
      return eksClusters({ accounts: { reach } }).list;
    }

    const firing = async () => (await scene.hub.ports.alertStates.allFiring()).map(({ alert }) => alert.id);
    const reasonOf = async () => (await scene.hub.recordOf(BANK))?.reason;
    const looks = async () =>
      scene.hub.log.filter((line) => line.includes("the sweep did not find it any more")).length;

    const WRONGS: readonly {
      readonly of: string;
      readonly spoil: () => Promise<void> | void;
      /** Longer than from one sweep to the next, unless told. */
      readonly minutes?: number;
      /** What Musterbook itself shows of it. */
      readonly shown: () => Promise<unknown>;
      readonly as: unknown;
    }[] = [
      {
        of: "records that all leave, unconfirmed",
        spoil: async () => {
          const { registry } = scene.hub.ports;
          for (const { arn } of [SHOP, BANK]) {
            const { record, version } = (await registry.get(arn)) ?? fail();
            const endpoint = record.endpoint && { ...record.endpoint, state: "removed" as const };
            await registry.put({ ...record, endpoint }, version);
          }
        },
        minutes: 1,
        shown: firing,
        as: ["stores.mass-removal-refused"],
      },
      {
        of: "an EKS that lists no cluster at all",
        spoil: () => scene.hub.spoil({ list: async () => [] }),
        shown: looks,
        as: expect.toSatisfy((count: number) => count >= 2),
      },
      {
        of: "a listing that fails on page two",
        spoil: async () => scene.hub.spoil({ list: await failingOnPageTwo() }),
        shown: firing,
        as: expect.arrayContaining(["musterbook.listing-failed"]),
      },
      {
        of: "an EKS that throttles half of them",
        spoil: () =>
          scene.hub.spoil({ fault: (_, at) => ("name" in at && at.name === BANK.name ? throttled() : undefined) }),
        shown: reasonOf,
        as: "cluster-unobservable",
      },
      {
        of: "a registry that has lost everything",
        spoil: () => void scene.hub.wipeRegistry(),
        shown: async () => (await scene.hub.recordOf(BANK))?.phase,
        as: "present",
      },
    ];

    beforeEach(() => () => scene.hub.spoil({}));

    it.each(WRONGS)(
      "of $of leaves the Querier's view as it was",
      async ({ spoil, shown, as, minutes = SWEEP_MINUTES }) => {
        const list = await listNow();
        const watch = watchQuerier(scene.observer.querier, BANK.name);
        await spoil();
        await scene.hub.pass(minutes);
        expect(await shown()).toEqual(as);
        const seen = watch.samples.length;
        await expect.poll(() => watch.samples.length, WAIT).toBeGreaterThanOrEqual(seen + 2);
        await watch.end();

        expect(await listNow()).toBe(list);
        const whole = { stores: [scene.addressOf(BANK), scene.addressOf(SHOP)], up: 1 };
        for (const sample of watch.samples) expect(sample).toEqual(whole);
      },
    );
  });

  it("is written again when somebody has emptied it on the observer", async () => {
    const { server, certificateAuthority, adminToken: token } = scene.observerCluster;
    const { namespace, endpointsConfigMap: name } = scene.config.observer;
    const whole = await storesNow();
    const { status } = await callApi({
      url: `${server}/api/v1/namespaces/${namespace}/configmaps/${name}?fieldManager=kubectl-edit`,
      ...{ certificateAuthority, token, method: "PUT", contentType: "application/json" },
      body: JSON.stringify({ metadata: { name }, data: { "endpoints.yaml": "endpoints: []" } }),
    });
    expect(status).toBe(200);
    await expect.poll(storesNow, WAIT).toEqual([]);
    await scene.hub.pass(CHECK_MINUTES);
    await expect.poll(storesNow, WAIT).toEqual(whole);
  });

  describe("a leaf that accepts connections and never answers", () => {
    const held = (leafs: readonly (readonly [string, unknown])[]) => expect.poll(storesNow, WAIT).toEqual(leafs);

    it("stays on the list, and its status says so, while the Querier still shows it and when it no longer does", async () => {
      const { hub } = scene;
      const list = await listNow();
      silence(bank.sidecar);
      await held([
        [scene.addressOf(BANK), expect.stringContaining("deadline exceeded")],
        [scene.addressOf(SHOP), null],
      ]);
      await hub.pass(SWEEP_MINUTES);
      expect(await hub.recordOf(BANK)).toMatchObject({
        phase: "waiting",
        step: "prove",
        reason: expect.stringMatching(/^(?:store-error|not-in-stores)$/),
        conditions: { Queryable: { status: "no" } },
        endpoint: { state: "listed" },
      });

      await held([[scene.addressOf(SHOP), null]]);
      await hub.pass(90);
      expect(await hub.recordOf(BANK)).toMatchObject({ reason: "not-in-stores", endpoint: { state: "listed" } });
      expect((await hub.ports.alertStates.allFiring()).map(({ alert }) => [alert.id, alert.labels.cluster])).toEqual([
        ["cluster.stuck", BANK.name],
      ]);
      expect(await listNow()).toBe(list);

      resume(bank.sidecar);
      await hub.driveUntil(async () => (await hub.recordOf(BANK))?.phase === "present");
      expect(await listNow()).toBe(list);
    });

    it("is told from an observer that does not answer, when its Prometheus keeps the Querier waiting", async () => {
      const { hub } = scene;
      const whenTold = async (text: string) => {
        await hub.tell("UpdateClusterConfig", SHOP);
        await hub.driveUntil(async () => (await hub.recordOf(SHOP))?.message.includes(text) === true);
        expect(await hub.recordOf(SHOP)).toMatchObject({
          phase: "waiting",
          reason: "store-error",
          message: expect.stringContaining(`finds no answer to up{cluster="${SHOP.name}"}`),
          endpoint: { state: "listed" },
        });
      };
      silence(shop.prometheus);
      await whenTold("it waits for it");
      await scene.replaceQuerier(["--store.response-timeout=2s"]);
      await whenTold(`failed to receive any data in 2s from Addr: ${scene.addressOf(SHOP)}`);
      expect(await hub.recordOf(BANK)).toMatchObject({ phase: "present" });
    });
  });
});

function fail(): never {
  throw new Error("there is no record");
}

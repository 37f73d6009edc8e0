import { describe, expect, it } from "vitest";
import { syncAlerts } from "#alerts/sync";
import { clusterRef } from "#fleet/cluster";
import { denied, throttled } from "#local/local-clusters";
import { deployment, OBSERVER, PROD_A } from "#test/factories/deployment";
import { recordOf } from "#test/packages/stores/records";

const US = clusterRef({ ...PROD_A, region: "us-east-1", name: "shop-us" });
const SCOPES = [{ account: PROD_A.account, regions: ["eu-west-1", "us-east-1"] }];

/** Two regions; `fail` makes listings of us-east-1 fail from then on. */
function sweeping() {
  let error: ReturnType<typeof denied> | ReturnType<typeof throttled> | undefined;
  const world = deployment({
    only: ["sweep-fleet"],
    config: { scopes: SCOPES },
    eksFault: (call, { region }) => (call === "list" && region === "us-east-1" ? error : undefined),
  });
  world.eks.create(PROD_A);
  world.eks.create(US);
  const fail = (next: typeof error) => {
    error = next;
  };
  const looks = () => world.bodies("clusters.fifo").map((body) => JSON.parse(body).arn);
  const nextTick = async () => {
    world.clock.advance(15 * 60_000);
    await world.settle();
  };
  return { ...world, fail, looks, nextTick };
}

describe("sweep-fleet", () => {
  it("asks for a look at every cluster that EKS lists, in every region", async () => {
    const { settle, looks, firing } = sweeping();
    await settle();

    expect(looks()).toEqual([OBSERVER.arn, PROD_A.arn, US.arn]);
    expect(await firing()).toEqual([]);
  });

  it("logs how many clusters it found", async () => {
    const { settle, lines } = sweeping();
    await settle();

    const [swept = "{}"] = lines.filter((line) => line.includes("swept"));
    expect(JSON.parse(swept)).toMatchObject({ message: "swept", found: 3, looks: 3, scopesNotListed: 0 });
  });

  it("asks for a look at a cluster on record that is not listed any more", async () => {
    const { settle, looks, ports } = sweeping();
    await ports.registry.put(recordOf("gone", "listed"), 0);
    await settle();

    expect(looks()).toContain(recordOf("gone", "listed").arn);
  });

  it("asks for a look at a cluster that only the store list or an alert still names", async () => {
    const { settle, looks, ports, clock } = sweeping();
    const entries = [
      { address: "thanos.gone.example.com:10901", cluster: recordOf("gone", "listed").arn },
      { address: "thanos.b.example.com:10901", cluster: US.arn.replace("us-east-1", "us-west-2") },
      { address: "thanos.c.example.com:10901", cluster: "unknown" },
    ];
    const updatedAt = clock.now().toISOString();
    await ports.storeList.write({ schemaVersion: 1, entries, history: [], yaml: "", updatedAt }, null);
    const alert = { severity: "critical", labels: {}, summary: "", evidence: {}, remedy: "" } as const;
    const moved = PROD_A.arn.replace("eu-west-1", "eu-west-2");
    await syncAlerts(ports, `cluster:${moved}`, [{ ...alert, id: "cluster.step-failed" }]);
    await syncAlerts(ports, "stores", [{ ...alert, id: "stores.mass-removal-refused" }]);
    await settle();

    expect(looks().slice(3)).toEqual([recordOf("gone", "listed").arn, moved]);
  });

  it("asks again at the next tick", async () => {
    const { settle, looks, nextTick } = sweeping();
    await settle();
    await nextTick();

    expect(looks()).toHaveLength(6);
  });

  it("concludes nothing about a region that cannot be listed, goes on with the others, and raises an alert", async () => {
    const { settle, looks, ports, fail, firing, runtime } = sweeping();
    await ports.registry.put({ ...recordOf("lost", "listed"), arn: US.arn }, 0);
    fail(denied("eks:ListClusters", "*"));
    await settle();

    expect(looks()).toEqual([OBSERVER.arn, PROD_A.arn]);
    expect(await firing()).toEqual(["musterbook.listing-failed"]);
    const [record] = await ports.alertStates.allFiring();
    expect(record?.alert).toMatchObject({
      labels: { what: "111122223333 us-east-1" },
      evidence: { error: "not allowed: eks:ListClusters on *" },
      remedy: "allow eks:ListClusters on * to Musterbook's member role",
    });
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("keeps one alert while it lasts, and resolves it when the region is listed again", async () => {
    const { settle, nextTick, fail, firing, published } = sweeping();
    fail(throttled());
    await settle();
    await nextTick();
    expect(await firing()).toEqual(["musterbook.listing-failed"]);

    fail(undefined);
    await nextTick();

    expect(await firing()).toEqual([]);
    expect(published).toEqual(["musterbook.listing-failed opened", "musterbook.listing-failed resolved"]);
  });
});

import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { enqueueLook } from "#functions/enqueue";
import { deployment, PROD_A } from "#test/factories/deployment";
import { eventOf } from "#test/factories/events";

const place = { account: PROD_A.account, region: PROD_A.region, subnets: ["subnet-1"], securityGroups: ["sg-1"] };
const OWN = "vpc-0abc";
const QUEUE = "clusters-vpc-0abc.fifo";
const PRIVATE = { endpointPublicAccess: false, vpcId: OWN };
const MINUTE = 60_000;

const FUNCTIONS = [
  "route-cluster-event",
  "reconcile-cluster",
  "reconcile-cluster-vpc-0abc",
  "enqueue-due",
  "sweep-fleet",
] as const;

async function withPrivateCluster(only: readonly (typeof FUNCTIONS)[number][] = FUNCTIONS) {
  const world = deployment({ only, config: { reach: { vpc: [{ ...place, id: OWN }] } } });
  world.eks.create(PROD_A, PRIVATE);
  world.clock.advance(10 * MINUTE);
  const record = async () => (await world.ports.registry.get(PROD_A.arn))?.record;
  return { ...world, record };
}

/** Time passes until its next look is due, and that is taken. */
async function tick({ clock, settle }: Awaited<ReturnType<typeof withPrivateCluster>>): Promise<void> {
  clock.advance(MINUTE);
  await settle();
}

describe("a private cluster whose VPC has a reconciler", () => {
  it("is handed over to it by the first look, and looked at from within a minute later", async () => {
    const world = await withPrivateCluster();
    await world.runtime.serviceEvent(eventOf("create-cluster"));
    await world.settle();
    expect(await world.record()).toMatchObject({ reason: "handed-over", vpc: OWN });

    await tick(world);

    expect(await world.record()).toMatchObject({ phase: "observed", reason: "nothing-to-do", vpc: OWN });
    expect(world.runtime.deadLetters()).toEqual([]);
  });

  it("is never looked at from without again, whether an event, a tick or a sweep asks", async () => {
    const world = await withPrivateCluster();
    await world.runtime.serviceEvent(eventOf("create-cluster"));
    await tick(world);
    await tick(world);
    const told = world.lines.length;
    await world.runtime.serviceEvent(eventOf("tag-resource"));
    for (let minutes = 0; minutes < 20; minutes += 1) await tick(world);

    expect(world.lines.slice(told).filter((line) => line.includes("looking at a cluster"))).not.toEqual([]);
    expect((await world.record())?.history.filter(({ reason }) => reason === "handed-over")).toHaveLength(1);
  });
});

describe("enqueueLook", () => {
  const look = { arn: PROD_A.arn, because: "b", dedupId: "d" };

  it("sends to the queue of the VPC on record, as long as it has a reconciler", async () => {
    const world = await withPrivateCluster(["route-cluster-event"]);
    const { registry } = world.ports;
    const seen = await withPrivateCluster();
    await seen.runtime.serviceEvent(eventOf("create-cluster"));
    await seen.settle();
    const record = await seen.record();
    if (record === undefined) throw new Error("the cluster was not looked at");
    await registry.put(record, 0);
    await enqueueLook(world.ports, look);
    expect([world.bodies(QUEUE).length, world.bodies("clusters.fifo").length]).toEqual([1, 0]);

    const config = { ...world.ports.config, reach: { vpc: [] } };
    await enqueueLook({ ...world.ports, config }, look);
    expect([world.bodies(QUEUE).length, world.bodies("clusters.fifo").length]).toEqual([1, 1]);
  });

  it("asks the reconciler outside of VPCs where the record cannot be read: it says what is wrong", async () => {
    const world = await withPrivateCluster(["route-cluster-event"]);
    const broken = new TerminalError("the record is malformed", { remedy: "Delete it." });
    const registry = { ...world.ports.registry, get: () => Promise.reject(broken) };
    await enqueueLook({ ...world.ports, registry }, look);

    expect(world.bodies("clusters.fifo")).toHaveLength(1);
  });

  it("never hides a defect", async () => {
    const world = await withPrivateCluster(["route-cluster-event"]);
    const registry = { ...world.ports.registry, get: () => Promise.reject(new TypeError("a defect")) };

    await expect(enqueueLook({ ...world.ports, registry }, look)).rejects.toThrow("a defect");
  });
});

describe("a message that the reconciler of a VPC cannot do", () => {
  it("goes to the dead-letter queue of that VPC", async () => {
    const { runtime, settle } = await withPrivateCluster();
    await runtime.queues.send(QUEUE, { body: "{", groupId: "g", dedupId: "d" });
    await settle();

    expect(runtime.deadLetters()).toMatchObject([{ queue: "clusters-vpc-0abc-dlq.fifo", origin: QUEUE, body: "{" }]);
  });
});

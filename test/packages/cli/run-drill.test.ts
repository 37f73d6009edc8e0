import { describe, expect, it } from "vitest";
import type { EventBus } from "#aws/event-bus";
import { type Hop, runDrill } from "#cli/run-drill";
import { deployment, PROD_A } from "#test/factories/deployment";

const MINUTE = 60_000;

/** A hub whose deployed functions go on while the drill waits. */
async function hub(functions: Parameters<typeof deployment>[0]["only"]) {
  const world = deployment({ only: functions });
  const { runtime, ports, eks, clock } = world;
  const events: unknown[] = [];
  const bus: EventBus = {
    putEvent: async (event) => {
      events.push(event);
      await runtime.putEvent(event);
      return "e-1";
    },
  };
  eks.create(PROD_A);
  const told: Hop[] = [];
  const drill = (eventId = "drill-1") =>
    runDrill({
      ...{ ref: PROD_A, eventId, bus, registry: ports.registry, clock, patienceMs: 5 * MINUTE },
      pause: async (ms) => {
        clock.advance(ms);
        await runtime.runUntilIdle({ maxSteps: 1_000 });
      },
      name: (of) => `musterbook-prod-${of}`,
      onHop: (hop) => told.push(hop),
    });
  return { ...world, drill, told, events };
}

const PATH = ["route-cluster-event", "reconcile-cluster"] as const;

/** A cluster that was looked at some time ago, and about which there is nothing new. */
async function settledHub(functions: Parameters<typeof deployment>[0]["only"] = PATH) {
  const made = await hub(functions);
  const { ports, clock } = made;
  await ports.registry.put(await firstRecord(), 0);
  clock.advance(MINUTE);
  return made;
}

async function firstRecord() {
  const { runtime, ports, settle, eks } = deployment({ only: PATH });
  eks.create(PROD_A);
  await runtime.putEvent({
    source: "musterbook.drill",
    "detail-type": "AWS API Call via CloudTrail",
    detail: {
      eventSource: "eks.amazonaws.com",
      eventName: "TagResource",
      requestParameters: { resourceArn: PROD_A.arn },
    },
  });
  await settle();
  const stored = await ports.registry.get(PROD_A.arn);
  if (stored === undefined) throw new Error("the first look was not recorded");
  return stored.record;
}

describe("runDrill", () => {
  it("follows an event through the shipped rules, queues and functions to the record", async () => {
    const { drill, told, runtime } = await settledHub();

    const { outcome, hops, missing, lookAt } = await drill();

    expect({ outcome, missing, lookAt }).toEqual({ outcome: "proven", missing: null, lookAt: [] });
    expect(hops.map(({ hop, seconds }) => [hop, seconds])).toEqual([
      ["on record", null],
      ["event accepted", 0],
      ["look recorded", 2],
    ]);
    expect(told).toEqual(hops);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("proves it again for a cluster about which there is nothing new", async () => {
    const { drill } = await settledHub();
    await drill("drill-1");

    expect((await drill("drill-2")).outcome).toBe("proven");
  });

  it("only asks for a look: as somebody who tagged the cluster, under our own source", async () => {
    const { drill, events } = await settledHub();
    await drill();

    expect(events).toEqual([
      expect.objectContaining({
        source: "musterbook.drill",
        detail: expect.objectContaining({
          eventName: "TagResource",
          eventID: "drill-1",
          requestParameters: { resourceArn: PROD_A.arn },
        }),
      }),
    ]);
  });

  it.each([
    ["nothing reads the queue of events", []],
    ["nothing reads the queue of looks", ["route-cluster-event"] as const],
  ])("says where to look when %s", async (_, functions) => {
    const { drill, clock } = await settledHub(functions);
    const start = clock.now().getTime();

    const { outcome, hops, missing, lookAt } = await drill();

    expect({ outcome, missing }).toEqual({ outcome: "stopped", missing: "look recorded" });
    expect(hops.map(({ hop }) => hop)).toEqual(["on record", "event accepted"]);
    expect(clock.now().getTime() - start).toBe(5 * MINUTE);
    expect(lookAt.join("\n")).toMatch(
      /musterbook-prod-cluster-events-elsewhere.*musterbook-prod-hub.*musterbook-prod-cluster-events-dlq.*musterbook-prod-route-cluster-event.*musterbook-prod-clusters-dlq\.fifo.*musterbook-prod-reconcile-cluster/s,
    );
  });

  it("puts nothing on the bus for a cluster that is not on record", async () => {
    const { drill, events } = await hub(PATH);

    await expect(drill()).rejects.toMatchObject({ name: "TerminalError", reason: "not-on-record", field: "cluster" });
    expect(events).toEqual([]);
  });
});

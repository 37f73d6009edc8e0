import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { effectMeter } from "#test/simulation/effects";
import { CALM, type EndState, endState, live, NEIGHBOURS, type Run, runSchedule } from "#test/simulation/run";
import { createWorld, REF } from "#test/simulation/world";

/** No measure of speed: a busy machine may take its time. */
const PATIENCE_MS = 1_200_000;

let calm: Run;

beforeAll(async () => {
  calm = await runSchedule(CALM);
});

describe("a cluster that is created once, with nothing going wrong", () => {
  it("ends with one release, one record, one store entry and one alert of each kind", () => {
    expect(calm.end).toEqual({
      releases: ["musterbook deployed"],
      records: [
        expect.stringMatching(/cluster\/bank-1 manage failed reach private-endpoint/),
        expect.stringMatching(/cluster\/observer observe observed/),
        expect.stringMatching(/cluster\/shop-1 manage present .* listed yes yes yes due unknown$/),
      ],
      stores: [expect.stringContaining("thanos.shop-1.obs.example.com:10901")],
      dns: [expect.stringContaining("thanos.shop-1.obs.example.com")],
      alerts: ["cluster.step-failed bank-1 1/1", "compactor.will-halt shop-1 1/1"],
      publications: ["cluster.step-failed bank-1 opened", "compactor.will-halt shop-1 opened"],
    } satisfies Record<keyof EndState, unknown>);
  });

  it("has effects on every port that a look at a cluster, an audit and an alert need", () => {
    const ports = new Set(calm.meter.names.map((name) => name.split(".")[0]));

    expect(ports).toEqual(
      new Set([
        "alertStates",
        "bucket",
        "chart",
        "clusters",
        "dns",
        "indexes",
        "kube",
        "queues",
        "registry",
        "reports",
        "storeList",
        "topics",
        "uploads",
      ]),
    );
  });
});

describe("any schedule ends in the same state", () => {
  it("with events delivered 1, 2 and 20 times, in any order, among others, and crashes anywhere", {
    timeout: PATIENCE_MS,
  }, async () => {
    const schedule = fc.record({
      deliveries: fc.constantFrom(1, 2, 20),
      choices: fc.array(fc.nat(30), { minLength: 1, maxLength: 40 }),
      neighbours: fc.subarray([...NEIGHBOURS]),
      crashes: fc.array(
        fc.record({ effect: fc.integer({ min: 1, max: calm.meter.count }), side: fc.constantFrom("before", "after") }),
        {
          maxLength: 3,
        },
      ),
    });

    await fc.assert(
      fc.asyncProperty(schedule, async (one) => {
        const { end, world } = await runSchedule(one);
        expect(end).toEqual(calm.end);
        // A tick that dies is not tried again, nor is a bucket's turn that died twice: the next one does its work, and the
        // letter says that it died.
        const letters = new Set(world.runtime.deadLetters().map(({ queue }) => queue));
        for (const queue of ["schedules-dlq", "listings-dlq.fifo", "audits-dlq.fifo"]) letters.delete(queue);
        expect([...letters]).toEqual(one.neighbours.includes("unreadable") ? ["cluster-events-dlq"] : []);
      }),
      { numRuns: 1_000, seed: 20_261_121 },
    );
  });
});

describe("a registry that is wiped", () => {
  it("is rebuilt by the next sweep, and nothing else changes", async () => {
    const { world, end } = await runSchedule(CALM);
    const before = world.outside();

    world.wipeRegistry();
    await live(world, [0], { least: 20 * 60_000, most: 60 * 60_000 });

    expect(world.outside()).toEqual(before);
    expect(await endState(world)).toEqual(end);
  });
});

describe("a cluster with somebody else's monitoring, in mode manage", () => {
  it("is not touched, and the status names the owner", async () => {
    const world = createWorld(effectMeter());
    world.eks.create(REF);
    world.server(REF).put({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: {
        name: "kps-operator",
        namespace: "observability",
        labels: { "app.kubernetes.io/name": "kube-prometheus-stack-prometheus-operator" },
        annotations: { "meta.helm.sh/release-name": "kps", "meta.helm.sh/release-namespace": "observability" },
      },
      spec: { replicas: 1 },
    });
    const writes: string[] = [];
    world.server(REF).onWrite(({ resource, object }) => writes.push(`${resource} ${object.metadata.name}`));

    await world.runtime.serviceEvent(world.createEvent(REF));
    await live(world, [0], { least: 20 * 60_000, most: 60 * 60_000 });

    const record = (await world.records()).find(({ arn }) => arn === REF.arn);
    expect(record).toMatchObject({ mode: "manage", phase: "failed", reason: "foreign-release" });
    expect(record?.message).toContain("observability/kps");
    expect(writes).toEqual([]);
    expect(world.dns.records()).toEqual([]);
  });
});

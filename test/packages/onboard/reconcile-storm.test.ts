import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { throttled } from "#local/local-clusters";
import type { HelmFault } from "#local/memory-helm";
import { reconcile } from "#onboard/reconcile";
import { createWorld, DEV } from "#test/packages/onboard/world";

const ADDRESS = "thanos.dev-7.obs.example.com:10901";
const HELM_FAULTS = [
  "hook-fails",
  "interrupted",
  "killed",
  "killed-after-objects",
] as const satisfies readonly HelmFault[];

/** What can happen between two looks. */
const happening = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "look" } as const) },
  fc.constant({ kind: "crash" } as const),
  fc.constant({ kind: "publish" } as const),
  fc.record({ kind: fc.constant("wait" as const), seconds: fc.integer({ min: 1, max: 1200 }) }),
  fc.record({ kind: fc.constant("eks" as const), throttles: fc.boolean() }),
  fc.record({
    kind: fc.constant("api" as const),
    refuse: fc.constantFrom(null, "unreachable", "throttled", "unavailable"),
  }),
  fc.record({ kind: fc.constant("helm" as const), fault: fc.constantFrom(...HELM_FAULTS) }),
  fc.constant({ kind: "registry lost" } as const),
);

describe("reconcile, whatever happens in whatever order", () => {
  it("registers a cluster once, and a look at a sound cluster changes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 30 }), async (happenings) => {
        let throttling = false;
        const world = createWorld({}, { fault: () => (throttling ? throttled() : undefined) });
        world.clusters.create(DEV);
        for (const event of happenings) {
          if (event.kind === "look") await world.look(DEV);
          if (event.kind === "crash") {
            const ports = world.ports();
            const put = () => Promise.reject(new Error("died"));
            await Promise.allSettled([reconcile(DEV, { ...ports, registry: { ...ports.registry, put } })]);
          }
          if (event.kind === "publish") await world.publish();
          if (event.kind === "wait") world.clock.advance(event.seconds * 1000);
          if (event.kind === "eks") throttling = event.throttles;
          if (event.kind === "api") world.server(DEV).behave({ refuse: event.refuse });
          if (event.kind === "helm") world.faults.push(event.fault);
          if (event.kind === "registry lost") world.wipeRegistry();
        }
        throttling = false;
        world.server(DEV).behave({ refuse: null });
        world.faults.length = 0;
        world.clock.advance(16 * 60_000);

        await world.settle(DEV);

        const record = await world.record(DEV);
        expect(record).toMatchObject({ phase: "present", endpoint: { address: ADDRESS, state: "listed" } });
        expect([world.listed(), world.dns.records().length]).toEqual([[ADDRESS], 1]);
        const [newest] = await world.helmOf(DEV).revisions("musterbook", "monitoring");
        expect(newest?.status).toBe("deployed");

        const before = [world.writes(), await world.version(DEV)];
        await world.look(DEV);
        expect([world.writes(), await world.version(DEV)]).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });
});

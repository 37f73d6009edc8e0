import { describe, expect, it } from "vitest";
import type { ClusterRecord } from "#fleet/record";
import { deployment, NOW } from "#test/factories/deployment";
import { arnOf, recordOf } from "#test/packages/stores/records";

function waiting(name: string, lookAt: string | null): ClusterRecord {
  return { ...recordOf(name, "none"), phase: "waiting", lookAt };
}

async function ticking(...records: readonly ClusterRecord[]) {
  const world = deployment({ only: ["enqueue-due"] });
  for (const record of records) await world.ports.registry.put(record, 0);
  return world;
}

describe("enqueue-due", () => {
  it("asks for a look at every cluster whose time has come, and at no other", async () => {
    const { settle, runtime } = await ticking(
      waiting("due", "2026-11-21T09:59:00.000Z"),
      waiting("now", NOW),
      waiting("later", "2026-11-21T10:00:01.000Z"),
      waiting("asleep", null),
    );
    await settle();

    const looks = runtime.messages("clusters.fifo").map(({ body }) => JSON.parse(body));
    expect(looks).toEqual([
      { schemaVersion: 1, arn: arnOf("due"), because: "due at 2026-11-21T09:59:00.000Z" },
      { schemaVersion: 1, arn: arnOf("now"), because: `due at ${NOW}` },
    ]);
  });

  it("asks once while the look has not been taken yet", async () => {
    const { settle, clock, bodies } = await ticking(waiting("due", NOW));
    await settle();
    clock.advance(60_000);
    await settle();

    expect(bodies("clusters.fifo")).toHaveLength(1);
  });

  it("asks for nothing when nothing is due", async () => {
    const { settle, bodies } = await ticking();
    await settle();

    expect(bodies("clusters.fifo")).toEqual([]);
  });
});

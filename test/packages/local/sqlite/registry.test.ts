import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { ConflictError } from "#fleet/errors";
import { openDatabase } from "#local/sqlite/database";
import { sqliteRegistry } from "#local/sqlite/registry";
import { arnOf, clusterRecord, defineRegistryContract } from "#test/contracts/registry";

defineRegistryContract("sqliteRegistry", async ({ clock, versioned }) => {
  const db = openDatabase(":memory:");
  return {
    registry: sqliteRegistry(db, clock, versioned),
    plant: async (arn, record) => {
      db.prepare("INSERT INTO cluster (arn, version, look_at, record) VALUES (?, 1, 0, ?)").run(
        arn,
        JSON.stringify(record),
      );
    },
  };
});

describe("sqliteRegistry", () => {
  const clock = fixedClock("2026-11-20T12:00:00Z");

  it("leaves a line of the change stream for each write, and none for one that lost", async () => {
    const db = openDatabase(":memory:");
    const registry = sqliteRegistry(db, clock);
    const version = await registry.put(clusterRecord("demo"), 0);
    await registry.put(clusterRecord("demo", { attempts: 1 }), version);
    await expect(registry.put(clusterRecord("demo"), version)).rejects.toThrow(ConflictError);
    const at = clock.now().getTime();
    expect(db.prepare("SELECT arn, event, at FROM cluster_change ORDER BY seq").all()).toEqual([
      { arn: arnOf("demo"), event: "INSERT", at },
      { arn: arnOf("demo"), event: "MODIFY", at },
    ]);
  });
});

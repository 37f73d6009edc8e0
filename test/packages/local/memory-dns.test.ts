import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { memoryDns, sqliteDns } from "#local/memory-dns";
import { defineDnsContract } from "#test/contracts/dns";

const NAME = "thanos.dev-7.obs.example.com";

defineDnsContract("memoryDns", async () => {
  const clock = fixedClock("2026-11-21T10:00:00Z");
  const dns = memoryDns({ clock, inSyncAfterMs: 60_000 });
  return {
    dns,
    name: NAME,
    targets: ["a.elb.amazonaws.com", "b.elb.amazonaws.com"],
    putForeign: async (record) => dns.put({ ...record, owner: null }),
    settle: async () => clock.advance(60_000),
  };
});

describe("sqliteDns", () => {
  it("keeps records and changes over a restart", async () => {
    const clock = fixedClock("2026-11-21T10:00:00Z");
    const db = new DatabaseSync(":memory:");
    const record = { name: NAME, target: "a.elb.amazonaws.com", owner: "arn" };
    const change = await sqliteDns(db, { clock }).upsert(record);
    clock.advance(20_000);

    const again = sqliteDns(db, { clock });

    expect(again.records()).toEqual([record]);
    expect(await again.changeStatus(change)).toBe("INSYNC");
  });
});

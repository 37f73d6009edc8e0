import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clock, fixedClock } from "#fleet/clock";
import { ConflictError, TerminalError } from "#fleet/errors";
import type { ClusterRecord, Condition } from "#fleet/record";
import { CLUSTER_RECORD } from "#fleet/record-schema";
import type { Registry } from "#fleet/registry";
import type { Versioned } from "#fleet/versioned";

export interface RegistryWorld {
  readonly registry: Registry;
  /** Puts a record of another release under an ARN, past the port, with a look that is overdue. */
  plant(arn: string, record: object): Promise<void>;
}

export interface RegistryGiven {
  readonly clock: Clock;
  /** Default: the adapter's own. */
  readonly versioned?: Versioned<ClusterRecord>;
}

/** Makes an empty registry. If it reads by pages, let one hold five records at most: then every listing here has several. */
export type MakeRegistry = (given: RegistryGiven) => Promise<RegistryWorld>;

type Make = () => Promise<RegistryWorld>;

const UNKNOWN: Condition = { status: "unknown", reason: "not-looked", evidence: "", since: "2026-11-20T10:00:00Z" };

export function arnOf(name: string): string {
  return `arn:aws:eks:eu-west-1:111122223333:cluster/${name}`;
}

export function clusterRecord(name: string, changes: Partial<ClusterRecord> = {}): ClusterRecord {
  return {
    schemaVersion: 1,
    arn: arnOf(name),
    createdAt: null,
    mode: "observe",
    phase: "waiting",
    step: "none",
    reason: "",
    message: "",
    remedy: "",
    attempts: 0,
    conditions: { Installed: UNKNOWN, Registered: UNKNOWN, Queryable: UNKNOWN, Uploading: UNKNOWN, Beating: UNKNOWN },
    endpoint: null,
    dnsChange: null,
    lookAt: null,
    updatedAt: "2026-11-20T10:00:00Z",
    history: [],
    ...changes,
  };
}

/** What every registry does, whatever it lives on (the port: packages/fleet/registry.ts). */
export function defineRegistryContract(name: string, make: MakeRegistry): void {
  defineRegistryContractForOne(name, make);
  describe(`${name}, as a registry with many writers`, () => describeRaces(make));
}

/** The part of the contract that one writer alone can see. */
export function defineRegistryContractForOne(name: string, make: MakeRegistry): void {
  describe(`${name}, as a registry`, () => {
    const makeNow = () => make({ clock: fixedClock("2026-11-20T12:00:00Z") });
    describeWrites(makeNow);
    describeListings(makeNow);
    describeExpiry(make);
    describeVersions(makeNow);
    describeUpgrades(make);
  });
}

function describeWrites(make: Make): void {
  it("has nothing of a cluster it never saw", async () => {
    const { registry } = await make();
    expect(await registry.get(arnOf("demo"))).toBeUndefined();
    expect(await registry.all()).toEqual([]);
  });

  it("gives back what was put, at the version that the write told", async () => {
    const { registry } = await make();
    const record = clusterRecord("demo", {
      createdAt: "2026-11-20T09:58:00.123Z",
      endpoint: { address: "demo:10901", state: "listed", confirmedByEks: false, since: "2026-11-20T10:00:00Z" },
      conditions: { ...clusterRecord("demo").conditions, Beating: { ...UNKNOWN, until: "2026-11-20T11:00:00Z" } },
      history: [{ at: "2026-11-20T10:00:00Z", step: "dns", outcome: "waiting", reason: "insync", message: "…" }],
    });
    const version = await registry.put(record, 0);
    expect(await registry.get(record.arn)).toEqual({ record, version });
    const later = await registry.put({ ...record, attempts: 1 }, version);
    expect(later).toBeGreaterThan(version);
    expect(await registry.get(record.arn)).toEqual({ record: { ...record, attempts: 1 }, version: later });
  });

  it("gives back in which VPC a cluster is looked at from", async () => {
    const { registry } = await make();
    const record = clusterRecord("a", { vpc: "vpc-0abc" });
    const version = await registry.put(record, 0);
    expect((await registry.get(record.arn))?.record).toEqual(record);
    const { vpc: _, ...without } = record;
    await registry.put(without, version);
    expect((await registry.get(record.arn))?.record).toEqual(without);
  });

  it("refuses to create what is there, and to replace what has changed or is not there", async () => {
    const { registry } = await make();
    const record = clusterRecord("demo");
    const version = await registry.put(record, 0);
    await expect(registry.put({ ...record, attempts: 7 }, 0)).rejects.toThrow(ConflictError);
    await expect(registry.put({ ...record, attempts: 7 }, version + 1)).rejects.toThrow(ConflictError);
    await expect(registry.put(clusterRecord("other"), 1)).rejects.toThrow(ConflictError);
    expect(await registry.get(record.arn)).toEqual({ record, version });
    expect(await registry.get(arnOf("other"))).toBeUndefined();
  });
}

function describeListings(make: Make): void {
  it("tells what is due, oldest first, up to the limit", async () => {
    const { registry } = await make();
    const now = "2026-11-20T12:00:00Z";
    await registry.put(clusterRecord("now", { lookAt: now }), 0);
    await registry.put(clusterRecord("later", { lookAt: "2026-11-20T12:00:01Z" }), 0);
    await registry.put(clusterRecord("never", { lookAt: null }), 0);
    await registry.put(clusterRecord("long", { lookAt: "2026-11-20T10:00:00.5Z" }), 0);
    await registry.put(clusterRecord("longest", { lookAt: "2026-11-20T10:00:00Z" }), 0);
    const due = async (limit: number) => (await registry.due(new Date(now), limit)).map(({ arn }) => arn);
    expect(await due(10)).toEqual(["longest", "long", "now"].map(arnOf));
    expect(await due(2)).toEqual(["longest", "long"].map(arnOf));
  });

  it("no longer tells what was put off", async () => {
    const { registry } = await make();
    const at = new Date("2026-11-20T12:00:00Z");
    const version = await registry.put(clusterRecord("demo", { lookAt: "2026-11-20T10:00:00Z" }), 0);
    await registry.put(clusterRecord("demo", { lookAt: "2026-11-20T13:00:00Z" }), version);
    expect(await registry.due(at, 10)).toEqual([]);
  });

  it("lists all of more records than a page holds, each once", async () => {
    const { registry } = await make();
    const names = Array.from({ length: 25 }, (_, index) => `c${index + 10}`);
    const lookAt = (index: number) => new Date(Date.parse("2026-11-20T10:00:00Z") - index * 500).toISOString();
    await Promise.all(names.map((name, index) => registry.put(clusterRecord(name, { lookAt: lookAt(index) }), 0)));
    const arns = (records: readonly ClusterRecord[]) => records.map(({ arn }) => arn);
    const oldestFirst = names.map(arnOf).toReversed();
    const due = async (limit: number) => arns(await registry.due(new Date("2026-11-20T12:00:00Z"), limit));
    expect(arns(await registry.all())).toEqual(names.map(arnOf));
    expect(await due(1000)).toEqual(oldestFirst);
    expect(await due(25)).toEqual(oldestFirst);
    expect(await due(12)).toEqual(oldestFirst.slice(0, 12));
  });

  it("lists every record by ARN", async () => {
    const { registry } = await make();
    for (const one of ["b", "c", "a"]) await registry.put(clusterRecord(one), 0);
    expect((await registry.all()).map(({ arn }) => arn)).toEqual(["a", "b", "c"].map(arnOf));
  });
}

function describeRaces(makeAt: MakeRegistry): void {
  const make = () => makeAt({ clock: fixedClock("2026-11-20T12:00:00Z") });

  it("loses no change of writers that race", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 1, max: 4 }), async (writers, rounds) => {
        const { registry } = await make();
        await registry.put(clusterRecord("demo"), 0);
        const lanes = Array.from({ length: writers }, () => count(registry, rounds));
        await Promise.all(lanes);
        expect((await registry.get(arnOf("demo")))?.record.attempts).toBe(writers * rounds);
      }),
      { numRuns: 10 },
    );
  });

  it("loses no change of a hundred writers that race", { timeout: 300_000 }, async () => {
    const { registry } = await make();
    await registry.put(clusterRecord("demo"), 0);
    await Promise.all(Array.from({ length: 100 }, () => count(registry, 1)));
    expect((await registry.get(arnOf("demo")))?.record.attempts).toBe(100);
  });

  it("lets exactly one of those win that find nothing there", async () => {
    const { registry } = await make();
    expect(await winners(registry)).toBe(1);
  });

  it("lets exactly one of those win that find what is forgotten", async () => {
    const clock = fixedClock(REMOVED_AT);
    const { registry } = await makeAt({ clock });
    await registry.put(removedRecord(), 0);
    clock.set(GONE_AT);
    expect(await winners(registry)).toBe(1);
  });
}

/** What a removed cluster leaves behind. */
function removedRecord(changes: Partial<ClusterRecord> = {}): ClusterRecord {
  return clusterRecord("demo", { phase: "removed", updatedAt: REMOVED_AT, ...changes });
}

// Far off, so that no server with a time to live deletes it while the case runs.
const REMOVED_AT = "2126-01-01T10:00:00.5Z";
const LAST_SECOND_KEPT = "2126-04-01T10:00:00Z";
const GONE_AT = "2126-04-01T10:00:01Z";

function describeExpiry(make: MakeRegistry): void {
  it("forgets a removed cluster 90 days after the last word on it", async () => {
    const clock = fixedClock(REMOVED_AT);
    const { registry } = await make({ clock });
    const version = await registry.put(removedRecord(), 0);
    clock.set(LAST_SECOND_KEPT);
    expect(await registry.get(arnOf("demo"))).toEqual({ record: removedRecord(), version });
    expect(await registry.all()).toEqual([removedRecord()]);
    clock.set(GONE_AT);
    expect(await registry.get(arnOf("demo"))).toBeUndefined();
    expect(await registry.all()).toEqual([]);
  });

  it("writes in the place of what is forgotten as if nothing were there, but never at a version that was", async () => {
    const clock = fixedClock(REMOVED_AT);
    const { registry } = await make({ clock });
    const before = await registry.put(removedRecord(), 0);
    clock.set(GONE_AT);
    await expect(registry.put(removedRecord({ attempts: 7 }), before)).rejects.toThrow(ConflictError);
    const version = await registry.put(clusterRecord("demo"), 0);
    expect(version).toBeGreaterThan(before);
    expect(await registry.get(arnOf("demo"))).toEqual({ record: clusterRecord("demo"), version });
    expect(await registry.all()).toEqual([clusterRecord("demo")]);
    await expect(registry.put(clusterRecord("demo"), 0)).rejects.toThrow(ConflictError);
  });

  it.each([
    ["is there", clusterRecord("demo", { updatedAt: REMOVED_AT, phase: "present" })],
    ["has a look coming", removedRecord({ lookAt: "2126-01-01T11:00:00Z" })],
    [
      "has an endpoint to be listed",
      removedRecord({ endpoint: { address: "demo:1", state: "listed", confirmedByEks: false, since: REMOVED_AT } }),
    ],
  ])("never forgets one that %s", async (_, record) => {
    const clock = fixedClock(REMOVED_AT);
    const { registry } = await make({ clock });
    const version = await registry.put(record, 0);
    clock.set("2226-01-01T00:00:00Z");
    expect(await registry.get(record.arn)).toEqual({ record, version });
    expect(await registry.all()).toEqual([record]);
    expect(await registry.due(clock.now(), 10)).toEqual(record.lookAt === null ? [] : [record]);
  });

  it("keeps one that came back before it was forgotten", async () => {
    const clock = fixedClock(REMOVED_AT);
    const { registry } = await make({ clock });
    const version = await registry.put(removedRecord(), 0);
    const back = clusterRecord("demo", { phase: "waiting", updatedAt: REMOVED_AT });
    await registry.put(back, version);
    clock.set(GONE_AT);
    expect((await registry.get(arnOf("demo")))?.record).toEqual(back);
  });
}

/** How many of twenty writers that all expect nothing get their record in. */
async function winners(registry: Registry): Promise<number> {
  const writes = Array.from({ length: 20 }, (_, index) => registry.put(clusterRecord("demo", { attempts: index }), 0));
  const results = await Promise.allSettled(writes);
  for (const result of results) {
    if (result.status === "rejected") expect(result.reason).toBeInstanceOf(ConflictError);
  }
  return results.filter(({ status }) => status === "fulfilled").length;
}

function describeVersions(make: Make): void {
  it("names the version of a record that it cannot read, and the key", async () => {
    const { registry, plant } = await make();
    await plant(arnOf("demo"), { ...clusterRecord("demo"), schemaVersion: 2 });
    const failure = await registry.get(arnOf("demo")).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure).toMatchObject({ reason: "unknown-schema-version", field: "schemaVersion", value: 2 });
    expect(failure).toHaveProperty("message", expect.stringContaining(arnOf("demo")));
    await expect(registry.all()).rejects.toThrow(TerminalError);
  });

  it("names the field of a record that is malformed", async () => {
    const { registry, plant } = await make();
    await plant(arnOf("demo"), { ...clusterRecord("demo"), attempts: "many" });
    await expect(registry.get(arnOf("demo"))).rejects.toMatchObject({
      reason: "malformed-record",
      field: "attempts",
    });
  });
}

/** As a release reads that has renamed `tries` to `attempts` in its version 1. */
const RENAMED: Versioned<ClusterRecord> = {
  ...CLUSTER_RECORD,
  upgrades: { 0: (older) => ({ ...older, schemaVersion: 1, attempts: Reflect.get(older, "tries") }) },
};

function describeUpgrades(make: MakeRegistry): void {
  it("reads a record of the schema version before, and writes it as one of its own", async () => {
    const { registry, plant } = await make({ clock: fixedClock("2026-11-20T12:00:00Z"), versioned: RENAMED });
    const { attempts: _, ...rest } = clusterRecord("demo", { lookAt: "2026-11-20T10:00:00Z" });
    await plant(arnOf("demo"), { ...rest, schemaVersion: 0, tries: 3 });
    const record = { ...rest, attempts: 3 };
    const stored = await registry.get(arnOf("demo"));
    expect(stored?.record).toEqual(record);
    expect(await registry.all()).toEqual([record]);
    expect(await registry.due(new Date("2026-11-20T10:00:00Z"), 10)).toEqual([record]);
    await registry.put({ ...record, attempts: 4 }, stored?.version ?? 0);
    expect((await registry.get(arnOf("demo")))?.record).toEqual({ ...record, attempts: 4 });
  });
}

/** Adds 1 to `attempts`, `rounds` times, as a careful writer does: read, write, and a little later again after a conflict. */
async function count(registry: Registry, rounds: number): Promise<void> {
  for (let done = 0; done < rounds; done += 1) {
    await untilNoConflict(async () => {
      const stored = await registry.get(arnOf("demo"));
      if (stored === undefined) throw new Error("the record is gone");
      const { record, version } = stored;
      await registry.put({ ...record, attempts: record.attempts + 1 }, version);
    });
  }
}

/**
 * Tries again after a ConflictError. Each time it waits up to one more of the time that a try takes, so that a hundred
 * writers need no ten thousand requests, however slow the machine is.
 */
export async function untilNoConflict(change: () => Promise<void>): Promise<void> {
  for (let lost = 1; ; lost += 1) {
    const began = performance.now();
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      await sleep(Math.random() * lost * (performance.now() - began));
    }
  }
}

import { describe, expect, it } from "vitest";
import type { AlertRecord } from "#alerts/alert";
import type { AlertStates } from "#alerts/ports";
import { ALERT_RECORD } from "#alerts/record-schema";
import { type Clock, fixedClock } from "#fleet/clock";
import { ConflictError } from "#fleet/errors";
import type { Versioned } from "#fleet/versioned";
import { untilNoConflict } from "#test/contracts/registry";

export interface AlertStatesWorld {
  readonly states: AlertStates;
  /** Puts a record of another release under a fingerprint, past the port, as a firing one of `audit:s3://blocks`. */
  plant(fingerprint: string, record: object): Promise<void>;
}

export interface AlertStatesGiven {
  readonly clock: Clock;
  /** Default: the adapter's own. */
  readonly versioned?: Versioned<AlertRecord>;
}

/** Makes an empty table. If it reads by pages, let one hold five records at most: then every listing here has several. */
export type MakeAlertStates = (given: AlertStatesGiven) => Promise<AlertStatesWorld>;

type Make = () => Promise<AlertStatesWorld>;

function alertRecord(fingerprint: string, changes: Partial<AlertRecord> = {}): AlertRecord {
  return {
    schemaVersion: 1,
    fingerprint,
    source: "audit:s3://blocks",
    status: "firing",
    alert: {
      id: "upload.late",
      severity: "warning",
      labels: { cluster: "demo" },
      summary: "demo is late",
      evidence: { hours: 3, blocks: ["01A"] },
      remedy: "Look at its sidecar.",
    },
    openedAt: "2026-11-20T10:00:00Z",
    changedAt: "2026-11-20T10:00:00Z",
    resolvedAt: null,
    sequence: 1,
    publishedSequence: 1,
    transition: "opened",
    ...changes,
  };
}

/** What every alert state table does, whatever it lives on (the port: packages/alerts/ports.ts). */
export function defineAlertStatesContract(name: string, make: MakeAlertStates): void {
  defineAlertStatesContractForOne(name, make);
  describe(`${name}, as an alert state table with many writers`, () =>
    describeRaces(() => make({ clock: fixedClock("2026-11-20T12:00:00Z") })));
}

/** The part of the contract that one writer alone can see. */
export function defineAlertStatesContractForOne(name: string, make: MakeAlertStates): void {
  describe(`${name}, as an alert state table`, () => {
    const makeNow = () => make({ clock: fixedClock("2026-11-20T12:00:00Z") });
    describeWrites(makeNow);
    describeListings(makeNow);
    describeExpiry(make);
    describeVersions(makeNow);
    describeUpgrades(make);
  });
}

function describeWrites(make: Make): void {
  it("gives back what was put, at the version that the write told", async () => {
    const { states } = await make();
    expect(await states.get("f1")).toBeUndefined();
    const record = alertRecord("f1");
    const version = await states.put(record, 0);
    expect(await states.get("f1")).toEqual({ record, version });
    const later = await states.put({ ...record, sequence: 2 }, version);
    expect(await states.get("f1")).toEqual({ record: { ...record, sequence: 2 }, version: later });
  });

  it("refuses to create what is there, and to replace what has changed or is not there", async () => {
    const { states } = await make();
    const record = alertRecord("f1");
    const version = await states.put(record, 0);
    await expect(states.put({ ...record, sequence: 9 }, 0)).rejects.toThrow(ConflictError);
    await expect(states.put({ ...record, sequence: 9 }, version + 1)).rejects.toThrow(ConflictError);
    await expect(states.put(alertRecord("f2"), 1)).rejects.toThrow(ConflictError);
    expect(await states.get("f1")).toEqual({ record, version });
  });

  it("gives back evidence as JSON tells it", async () => {
    const { states } = await make();
    const { alert } = alertRecord("f1");
    const told = {
      text: "",
      list: [],
      nested: [[{}]],
      nothing: null,
      part: 0.1,
      many: 2 ** 60,
      words: "größer · 大 \u0000",
    };
    await states.put(alertRecord("f1", { alert: { ...alert, evidence: { ...told, unknown: undefined } } }), 0);
    expect((await states.get("f1"))?.record.alert.evidence).toStrictEqual(told);
  });

  it("keeps a long record whole", async () => {
    const { states } = await make();
    const { alert } = alertRecord("f1");
    const record = alertRecord("f1", {
      alert: { ...alert, evidence: { blocks: Array(5_000).fill("01ARZ3NDEKTSV4RRFFQ69G5FAV") } },
    });
    await states.put(record, 0);
    expect((await states.get("f1"))?.record).toEqual(record);
  });
}

function describeRaces(make: Make): void {
  it("lets exactly one of racing writers win", async () => {
    const { states } = await make();
    const version = await states.put(alertRecord("f1"), 0);
    const writes = Array.from({ length: 20 }, (_, index) =>
      states.put(alertRecord("f1", { sequence: 2, openedAt: `2026-11-20T10:00:${index + 10}Z` }), version),
    );
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("loses no change of a hundred writers that race", { timeout: 300_000 }, async () => {
    const { states } = await make();
    await states.put(alertRecord("f1", { sequence: 0 }), 0);
    await Promise.all(Array.from({ length: 100 }, () => countOn(states)));
    expect((await states.get("f1"))?.record.sequence).toBe(100);
  });
}

/** Adds 1 to `sequence` as a careful writer does: read, write, and a little later again after a conflict. */
function countOn(states: AlertStates): Promise<void> {
  return untilNoConflict(async () => {
    const stored = await states.get("f1");
    if (stored === undefined) throw new Error("the record is gone");
    const { record, version } = stored;
    await states.put({ ...record, sequence: record.sequence + 1 }, version);
  });
}

function describeListings(make: Make): void {
  it("tells the firing alerts of a source, and of all", async () => {
    const { states } = await make();
    const resolved = { status: "resolved", resolvedAt: "2026-11-20T11:00:00Z", transition: "resolved" } as const;
    await states.put(alertRecord("f1"), 0);
    await states.put(alertRecord("f2", { source: "cluster:demo" }), 0);
    await states.put(alertRecord("f3", resolved), 0);
    const fingerprints = (records: readonly AlertRecord[]) => records.map(({ fingerprint }) => fingerprint).toSorted();
    expect(fingerprints(await states.firing("audit:s3://blocks"))).toEqual(["f1"]);
    expect(fingerprints(await states.firing("cluster:demo"))).toEqual(["f2"]);
    expect(fingerprints(await states.allFiring())).toEqual(["f1", "f2"]);
  });

  it("lists all of more records than a page holds, each once", async () => {
    const { states } = await make();
    const fingerprints = Array.from({ length: 25 }, (_, index) => `f${index + 10}`);
    const changedAt = (index: number) => new Date(Date.parse("2026-11-20T10:00:00Z") - index * 500).toISOString();
    const untold = (key: string, index: number) =>
      alertRecord(key, { publishedSequence: 0, changedAt: changedAt(index) });
    await Promise.all(fingerprints.map((key, index) => states.put(untold(key, index), 0)));
    await states.put(alertRecord("f1", { source: "audit:s3://blocks/more" }), 0);
    const keys = (records: readonly AlertRecord[]) => records.map(({ fingerprint }) => fingerprint);
    expect(keys(await states.firing("audit:s3://blocks")).toSorted()).toEqual(fingerprints);
    expect(keys(await states.allFiring()).toSorted()).toEqual(["f1", ...fingerprints]);
    expect(keys(await states.unpublished(1000))).toEqual(fingerprints.toReversed());
    expect(keys(await states.unpublished(12))).toEqual(fingerprints.toReversed().slice(0, 12));
  });

  it("tells what has not reached the topic, oldest change first, up to the limit, until it has", async () => {
    const { states } = await make();
    await states.put(alertRecord("f1", { publishedSequence: 0, changedAt: "2026-11-20T12:00:00Z" }), 0);
    const version = await states.put(alertRecord("f2", { publishedSequence: 0 }), 0);
    await states.put(alertRecord("f3"), 0);
    const late = async (limit: number) => (await states.unpublished(limit)).map(({ fingerprint }) => fingerprint);
    expect(await late(10)).toEqual(["f2", "f1"]);
    expect(await late(1)).toEqual(["f2"]);
    await states.put(alertRecord("f2"), version);
    expect(await late(10)).toEqual(["f1"]);
  });
}

// Far off, so that no server with a time to live deletes it while the case runs.
const RESOLVED_AT = "2126-01-01T10:00:00Z";
const LAST_SECOND_KEPT = "2126-04-01T09:59:59Z";
const GONE_AT = "2126-04-01T10:00:00Z";

function resolvedRecord(changes: Partial<AlertRecord> = {}): AlertRecord {
  const resolved = { status: "resolved", transition: "resolved", sequence: 2, publishedSequence: 2 } as const;
  return alertRecord("f1", { ...resolved, resolvedAt: RESOLVED_AT, changedAt: RESOLVED_AT, ...changes });
}

function describeExpiry(make: MakeAlertStates): void {
  it("forgets an alert 90 days after it was resolved, and writes in its place as if nothing were there", async () => {
    const clock = fixedClock(RESOLVED_AT);
    const { states } = await make({ clock });
    const before = await states.put(resolvedRecord(), 0);
    clock.set(LAST_SECOND_KEPT);
    expect(await states.get("f1")).toEqual({ record: resolvedRecord(), version: before });
    clock.set(GONE_AT);
    expect(await states.get("f1")).toBeUndefined();
    await expect(states.put(resolvedRecord(), before)).rejects.toThrow(ConflictError);
    const version = await states.put(alertRecord("f1"), 0);
    expect(version).toBeGreaterThan(before);
    expect(await states.get("f1")).toEqual({ record: alertRecord("f1"), version });
    expect(await states.allFiring()).toEqual([alertRecord("f1")]);
  });

  it("never forgets one that fires, nor one whose end has not reached the topic", async () => {
    const clock = fixedClock(RESOLVED_AT);
    const { states } = await make({ clock });
    const firing = alertRecord("f2", { changedAt: RESOLVED_AT });
    const untold = resolvedRecord({ publishedSequence: 1 });
    await states.put(firing, 0);
    await states.put(untold, 0);
    clock.set("2226-01-01T00:00:00Z");
    expect((await states.get("f1"))?.record).toEqual(untold);
    expect(await states.unpublished(10)).toEqual([untold]);
    expect(await states.allFiring()).toEqual([firing]);
  });
}

function describeVersions(make: Make): void {
  it("names the version of a record that it cannot read", async () => {
    const { states, plant } = await make();
    await plant("f1", { ...alertRecord("f1"), schemaVersion: 7 });
    await expect(states.get("f1")).rejects.toMatchObject({ reason: "unknown-schema-version", value: 7 });
  });

  it("names the field of a record that is malformed", async () => {
    const { states, plant } = await make();
    await plant("f1", { ...alertRecord("f1"), status: "burning" });
    await expect(states.get("f1")).rejects.toMatchObject({ reason: "malformed-record", field: "status" });
  });
}

/** As a release reads that has renamed `reporter` to `source` in its version 1. */
const RENAMED: Versioned<AlertRecord> = {
  ...ALERT_RECORD,
  upgrades: { 0: (older) => ({ ...older, schemaVersion: 1, source: Reflect.get(older, "reporter") }) },
};

function describeUpgrades(make: MakeAlertStates): void {
  it("reads a record of the schema version before, and writes it as one of its own", async () => {
    const { states, plant } = await make({ clock: fixedClock("2026-11-20T12:00:00Z"), versioned: RENAMED });
    const record = alertRecord("f1");
    const { source: reporter, ...rest } = record;
    await plant("f1", { ...rest, schemaVersion: 0, reporter });
    const stored = await states.get("f1");
    expect(stored?.record).toEqual(record);
    expect(await states.firing(reporter)).toEqual([record]);
    await states.put({ ...record, sequence: 2 }, stored?.version ?? 0);
    expect((await states.get("f1"))?.record).toEqual({ ...record, sequence: 2 });
  });
}

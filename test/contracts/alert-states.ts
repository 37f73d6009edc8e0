import { describe, expect, it } from "vitest";
import type { AlertRecord } from "#alerts/alert";
import type { AlertStates } from "#alerts/ports";
import { ConflictError } from "#fleet/errors";

export interface AlertStatesWorld {
  readonly states: AlertStates;
  /** Puts a record of another release under a fingerprint, past the port. */
  plant(fingerprint: string, record: object): Promise<void>;
}

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
export function defineAlertStatesContract(name: string, make: () => Promise<AlertStatesWorld>): void {
  describe(`${name}, as an alert state table`, () => {
    describeWrites(make);
    describeListings(make);
    describeVersions(make);
  });
}

function describeWrites(make: () => Promise<AlertStatesWorld>): void {
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

  it("lets exactly one of racing writers win", async () => {
    const { states } = await make();
    const version = await states.put(alertRecord("f1"), 0);
    const writes = Array.from({ length: 20 }, (_, index) =>
      states.put(alertRecord("f1", { sequence: 2, openedAt: `2026-11-20T10:00:${index + 10}Z` }), version),
    );
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
}

function describeListings(make: () => Promise<AlertStatesWorld>): void {
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

function describeVersions(make: () => Promise<AlertStatesWorld>): void {
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

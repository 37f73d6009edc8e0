import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConflictError, TerminalError } from "#fleet/errors";
import type { ClusterRecord, Condition } from "#fleet/record";
import type { Registry } from "#fleet/registry";

export interface RegistryWorld {
  readonly registry: Registry;
  /** Puts a record of another release under an ARN, past the port. */
  plant(arn: string, record: object): Promise<void>;
}

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
export function defineRegistryContract(name: string, make: () => Promise<RegistryWorld>): void {
  describe(`${name}, as a registry`, () => {
    describeWrites(make);
    describeListings(make);
    describeVersions(make);
  });
}

function describeWrites(make: () => Promise<RegistryWorld>): void {
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

function describeListings(make: () => Promise<RegistryWorld>): void {
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

  it("lists every record by ARN", async () => {
    const { registry } = await make();
    for (const one of ["b", "c", "a"]) await registry.put(clusterRecord(one), 0);
    expect((await registry.all()).map(({ arn }) => arn)).toEqual(["a", "b", "c"].map(arnOf));
  });
}

function describeVersions(make: () => Promise<RegistryWorld>): void {
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

/** Adds 1 to `attempts`, `rounds` times, as a careful writer does: read, write, and again after a conflict. */
async function count(registry: Registry, rounds: number): Promise<void> {
  for (let done = 0; done < rounds; ) {
    const stored = await registry.get(arnOf("demo"));
    if (stored === undefined) throw new Error("the record is gone");
    const { record, version } = stored;
    try {
      await registry.put({ ...record, attempts: record.attempts + 1 }, version);
      done += 1;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

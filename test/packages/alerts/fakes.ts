import type { AlertInput, AlertRecord } from "#alerts/alert";
import type { AlertPorts, AlertStates } from "#alerts/ports";
import { nextRecord } from "#alerts/state";
import { fixedClock } from "#fleet/clock";
import { ConflictError } from "#fleet/errors";
import type { LogFields } from "#fleet/log";
import type { Publication } from "#fleet/messaging";
import type { Stored } from "#fleet/registry";

export const NOW = "2026-11-21T10:00:00.000Z";

export function alertOf(change: Partial<AlertInput> = {}): AlertInput {
  return {
    id: "upload.late",
    severity: "warning",
    labels: { cluster: "prod-a", replica: "0" },
    summary: "The stream missed its deadline of 09:15.",
    evidence: { lateMs: 2_700_000 },
    remedy: "Look at the sidecar's log.",
    ...change,
  };
}

/** A record that was just opened. */
export function openedRecord(change: Partial<AlertInput> = {}, source = "test"): AlertRecord {
  const record = nextRecord(undefined, { status: "firing", source, alert: alertOf(change) }, new Date(NOW));
  if (record === "unchanged") throw new Error("a first sighting opens");
  return record;
}

export function memoryAlertStates(): AlertStates {
  const table = new Map<string, Stored<AlertRecord>>();
  const records = () => [...table.values()].map(({ record }) => record);
  return {
    get: async (key) => table.get(key),
    put: async (record, expected) => {
      if ((table.get(record.fingerprint)?.version ?? 0) !== expected) {
        throw new ConflictError("somebody else was faster", { remedy: "Read again." });
      }
      table.set(record.fingerprint, { record, version: expected + 1 });
      return expected + 1;
    },
    firing: async (source) => records().filter((record) => record.status === "firing" && record.source === source),
    unpublished: async (limit) =>
      records()
        .filter((record) => record.publishedSequence < record.sequence)
        .toSorted((a, b) => Date.parse(a.changedAt) - Date.parse(b.changedAt))
        .slice(0, limit),
    allFiring: async () => records().filter((record) => record.status === "firing"),
  };
}

/** Ports over memory; `published` and `logged` tell what went out. */
export function alertPorts(change: Partial<AlertPorts> = {}) {
  const published: (Publication & { readonly topic: string })[] = [];
  const logged: { readonly message: string; readonly fields: LogFields | undefined }[] = [];
  const note = (message: string, fields?: LogFields) => {
    logged.push({ message, fields });
  };
  const clock = fixedClock(NOW);
  const ports: AlertPorts = {
    clock,
    log: { debug: note, info: note, warn: note, error: note },
    alertStates: memoryAlertStates(),
    topics: {
      publish: async (topic, publication) => {
        published.push({ topic, ...publication });
      },
    },
    ...change,
  };
  return { ports, published, logged, clock };
}

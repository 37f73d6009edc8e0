import type { AlertInput, AlertRecord } from "#alerts/alert";
import type { AlertPorts, AlertStates } from "#alerts/ports";
import { nextRecord } from "#alerts/state";
import { fixedClock } from "#fleet/clock";
import type { LogFields } from "#fleet/log";
import type { Publication } from "#fleet/messaging";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";

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
  return sqliteAlertStates(openDatabase(":memory:"), fixedClock(NOW));
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

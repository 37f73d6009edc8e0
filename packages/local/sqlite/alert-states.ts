import type { DatabaseSync } from "node:sqlite";
import type { AlertRecord } from "#alerts/alert";
import type { AlertStates } from "#alerts/ports";
import { ALERT_RECORD } from "#alerts/record-schema";
import { ConflictError } from "#fleet/errors";
import { readVersioned } from "#fleet/versioned";

type Row = { fingerprint: string; version: number; record: string };

const COLUMNS = "fingerprint, version, record";

/** The alert state table in a database of `openDatabase`. */
export function sqliteAlertStates(db: DatabaseSync): AlertStates {
  const one = db.prepare(`SELECT ${COLUMNS} FROM alert WHERE fingerprint = ?`);
  const firing = db.prepare(`SELECT ${COLUMNS} FROM alert WHERE source = ? AND status = 'firing' ORDER BY fingerprint`);
  const allFiring = db.prepare(`SELECT ${COLUMNS} FROM alert WHERE status = 'firing' ORDER BY fingerprint`);
  const unpublished = db.prepare(
    `SELECT ${COLUMNS} FROM alert WHERE unpublished = 1 ORDER BY changed_at, fingerprint LIMIT ?`,
  );
  const insert = db.prepare(
    `INSERT INTO alert (source, status, changed_at, unpublished, record, fingerprint, version)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const update = db.prepare(
    `UPDATE alert SET source = ?, status = ?, changed_at = ?, unpublished = ?, record = ?, version = version + 1
     WHERE fingerprint = ? AND version = ?`,
  );

  return {
    get: async (fingerprint) => {
      const row = one.get(fingerprint) as Row | undefined;
      return row && { record: recordOf(row), version: row.version };
    },
    put: async (record, expected) => {
      const { source, status, fingerprint } = record;
      const late = record.publishedSequence < record.sequence ? 1 : 0;
      const columns = [source, status, Date.parse(record.changedAt), late, JSON.stringify(record), fingerprint];
      const { changes } = expected === 0 ? insert.run(...columns, 1) : update.run(...columns, expected);
      if (changes !== 1) throw conflict(fingerprint, expected);
      return expected + 1;
    },
    firing: async (source) => (firing.all(source) as Row[]).map(recordOf),
    unpublished: async (limit) => (unpublished.all(limit) as Row[]).map(recordOf),
    allFiring: async () => (allFiring.all() as Row[]).map(recordOf),
  };
}

function recordOf(row: Row): AlertRecord {
  return readVersioned(ALERT_RECORD, JSON.parse(row.record), row.fingerprint);
}

function conflict(fingerprint: string, expected: number): ConflictError {
  return new ConflictError(`the record of alert ${fingerprint} is no longer at version ${expected}`, {
    remedy: "Read it again and decide again.",
    reason: "version-conflict",
    field: "version",
    value: expected,
  });
}

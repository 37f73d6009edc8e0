import type { DatabaseSync } from "node:sqlite";
import type { AlertRecord } from "#alerts/alert";
import { alertExpiry } from "#alerts/expiry";
import type { AlertStates } from "#alerts/ports";
import { ALERT_RECORD } from "#alerts/record-schema";
import type { Clock } from "#fleet/clock";
import { ConflictError } from "#fleet/errors";
import { readVersioned } from "#fleet/versioned";
import { KEPT } from "#local/sqlite/kept";

type Row = { fingerprint: string; version: number; record: string };

const COLUMNS = "fingerprint, version, record";

/** The alert state table in a database of `openDatabase`. `versioned`: how records are read; default: as this release does. */
export function sqliteAlertStates(db: DatabaseSync, clock: Clock, versioned = ALERT_RECORD): AlertStates {
  const select = (where: string) => db.prepare(`SELECT ${COLUMNS} FROM alert WHERE ${KEPT} AND ${where}`);
  const one = select("fingerprint = ?");
  const firing = select("source = ? AND status = 'firing' ORDER BY fingerprint");
  const allFiring = select("status = 'firing' ORDER BY fingerprint");
  const unpublished = select("unpublished = 1 ORDER BY changed_at, fingerprint LIMIT ?");
  const insert = db.prepare(
    `INSERT INTO alert (source, status, changed_at, unpublished, expires_at, record, fingerprint, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET source = excluded.source, status = excluded.status, changed_at = excluded.changed_at,
       unpublished = excluded.unpublished, expires_at = excluded.expires_at, record = excluded.record,
       version = version + 1 WHERE NOT ${KEPT} RETURNING version`,
  );
  const update = db.prepare(
    `UPDATE alert SET source = ?, status = ?, changed_at = ?, unpublished = ?, expires_at = ?, record = ?,
       version = version + 1 WHERE fingerprint = ? AND version = ? AND ${KEPT} RETURNING version`,
  );
  const seconds = () => clock.now().getTime() / 1000;
  const recordOf = ({ record, fingerprint }: Row) => readVersioned(versioned, JSON.parse(record), fingerprint);

  return {
    get: async (fingerprint) => {
      const row = one.get(seconds(), fingerprint) as Row | undefined;
      return row && { record: recordOf(row), version: row.version };
    },
    put: async (record, expected) => {
      const columns = columnsOf(record);
      const row = expected === 0 ? insert.get(...columns, seconds()) : update.get(...columns, expected, seconds());
      if (row === undefined) throw conflict(record.fingerprint, expected);
      return Number(row.version);
    },
    firing: async (source) => (firing.all(seconds(), source) as Row[]).map(recordOf),
    unpublished: async (limit) => (unpublished.all(seconds(), limit) as Row[]).map(recordOf),
    allFiring: async () => (allFiring.all(seconds()) as Row[]).map(recordOf),
  };
}

/** In the order of the statements. */
function columnsOf(record: AlertRecord) {
  const { source, status, changedAt, sequence, publishedSequence, fingerprint } = record;
  const late = publishedSequence < sequence ? 1 : 0;
  const expiry = alertExpiry(record) ?? null;
  return [source, status, Date.parse(changedAt), late, expiry, JSON.stringify(record), fingerprint];
}

function conflict(fingerprint: string, expected: number): ConflictError {
  return new ConflictError(`the record of alert ${fingerprint} is no longer at version ${expected}`, {
    remedy: "Read it again and decide again.",
    reason: "version-conflict",
    field: "version",
    value: expected,
  });
}

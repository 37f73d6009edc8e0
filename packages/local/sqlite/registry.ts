import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import { ConflictError } from "#fleet/errors";
import { clusterExpiry } from "#fleet/expiry";
import type { ClusterRecord } from "#fleet/record";
import { CLUSTER_RECORD } from "#fleet/record-schema";
import type { Registry } from "#fleet/registry";
import { readVersioned } from "#fleet/versioned";
import { transaction } from "#local/sqlite/database";
import { KEPT } from "#local/sqlite/kept";

type Row = { arn: string; version: number; record: string };

const COLUMNS = "arn, version, record";

/**
 * The cluster table in a database of `openDatabase`. Each write leaves a line of the change stream in its own transaction.
 * `versioned`: how records are read; default: as this release does.
 */
export function sqliteRegistry(db: DatabaseSync, clock: Clock, versioned = CLUSTER_RECORD): Registry {
  const one = db.prepare(`SELECT ${COLUMNS} FROM cluster WHERE arn = ? AND ${KEPT}`);
  const every = db.prepare(`SELECT ${COLUMNS} FROM cluster WHERE ${KEPT} ORDER BY arn`);
  const due = db.prepare(
    `SELECT ${COLUMNS} FROM cluster WHERE look_at IS NOT NULL AND look_at <= ? AND ${KEPT} ORDER BY look_at, arn LIMIT ?`,
  );
  const insert = db.prepare(
    `INSERT INTO cluster (look_at, expires_at, record, arn, version) VALUES (?, ?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET look_at = excluded.look_at, expires_at = excluded.expires_at, record = excluded.record,
       version = version + 1 WHERE NOT ${KEPT} RETURNING version`,
  );
  const update = db.prepare(
    `UPDATE cluster SET look_at = ?, expires_at = ?, record = ?, version = version + 1
     WHERE arn = ? AND version = ? AND ${KEPT} RETURNING version`,
  );
  const change = db.prepare("INSERT INTO cluster_change (arn, event, at) VALUES (?, ?, ?)");
  const seconds = () => clock.now().getTime() / 1000;
  const recordOf = ({ record, arn }: Row) => readVersioned(versioned, JSON.parse(record), arn);

  const write = (record: ClusterRecord, expected: number): number => {
    const lookAt = record.lookAt === null ? null : Date.parse(record.lookAt);
    const columns = [lookAt, clusterExpiry(record) ?? null, JSON.stringify(record), record.arn];
    const row = expected === 0 ? insert.get(...columns, seconds()) : update.get(...columns, expected, seconds());
    if (row === undefined) throw conflict(record.arn, expected);
    change.run(record.arn, row.version === 1 ? "INSERT" : "MODIFY", clock.now().getTime());
    return Number(row.version);
  };

  return {
    get: async (arn) => {
      const row = one.get(arn, seconds()) as Row | undefined;
      return row && { record: recordOf(row), version: row.version };
    },
    put: async (record, expected) => transaction(db, () => write(record, expected)),
    due: async (now, limit) => (due.all(now.getTime(), seconds(), limit) as Row[]).map(recordOf),
    all: async () => (every.all(seconds()) as Row[]).map(recordOf),
  };
}

function conflict(arn: string, expected: number): ConflictError {
  return new ConflictError(`the record of ${arn} is no longer at version ${expected}`, {
    remedy: "Read it again and plan again.",
    reason: "version-conflict",
    field: "version",
    value: expected,
  });
}

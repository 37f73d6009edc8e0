import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import { ConflictError } from "#fleet/errors";
import type { ClusterRecord } from "#fleet/record";
import { CLUSTER_RECORD } from "#fleet/record-schema";
import type { Registry } from "#fleet/registry";
import { readVersioned } from "#fleet/versioned";
import { transaction } from "#local/sqlite/database";

type Row = { arn: string; version: number; record: string };

/** The cluster table in a database of `openDatabase`. Each write leaves a line of the change stream in its own transaction. */
export function sqliteRegistry(db: DatabaseSync, clock: Clock): Registry {
  const one = db.prepare("SELECT arn, version, record FROM cluster WHERE arn = ?");
  const every = db.prepare("SELECT arn, version, record FROM cluster ORDER BY arn");
  const due = db.prepare(
    "SELECT arn, version, record FROM cluster WHERE look_at IS NOT NULL AND look_at <= ? ORDER BY look_at, arn LIMIT ?",
  );
  const insert = db.prepare(
    "INSERT INTO cluster (look_at, record, arn, version) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const update = db.prepare(
    "UPDATE cluster SET look_at = ?, record = ?, version = version + 1 WHERE arn = ? AND version = ?",
  );
  const change = db.prepare("INSERT INTO cluster_change (arn, event, at) VALUES (?, ?, ?)");

  const write = (record: ClusterRecord, expected: number): void => {
    const lookAt = record.lookAt === null ? null : Date.parse(record.lookAt);
    const text = JSON.stringify(record);
    const { changes } =
      expected === 0 ? insert.run(lookAt, text, record.arn, 1) : update.run(lookAt, text, record.arn, expected);
    if (changes !== 1) throw conflict(record.arn, expected);
    change.run(record.arn, expected === 0 ? "INSERT" : "MODIFY", clock.now().getTime());
  };

  return {
    get: async (arn) => {
      const row = one.get(arn) as Row | undefined;
      return row && { record: recordOf(row), version: row.version };
    },
    put: async (record, expected) => {
      transaction(db, () => write(record, expected));
      return expected + 1;
    },
    due: async (now, limit) => (due.all(now.getTime(), limit) as Row[]).map(recordOf),
    all: async () => (every.all() as Row[]).map(recordOf),
  };
}

function recordOf(row: Row): ClusterRecord {
  return readVersioned(CLUSTER_RECORD, JSON.parse(row.record), row.arn);
}

function conflict(arn: string, expected: number): ConflictError {
  return new ConflictError(`the record of ${arn} is no longer at version ${expected}`, {
    remedy: "Read it again and plan again.",
    reason: "version-conflict",
    field: "version",
    value: expected,
  });
}

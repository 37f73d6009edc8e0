import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { defineAlertStatesContract } from "#test/contracts/alert-states";

defineAlertStatesContract("sqliteAlertStates", async ({ clock, versioned }) => {
  const db = openDatabase(":memory:");
  return {
    states: sqliteAlertStates(db, clock, versioned),
    plant: async (fingerprint, record) => {
      db.prepare(
        `INSERT INTO alert (fingerprint, version, source, status, changed_at, unpublished, record)
         VALUES (?, 1, 'audit:s3://blocks', 'firing', 0, 0, ?)`,
      ).run(fingerprint, JSON.stringify(record));
    },
  };
});

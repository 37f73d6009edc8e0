import type { DatabaseSync } from "node:sqlite";
import type { Change } from "#local/runtime/stream-event";
import { transaction } from "#local/sqlite/database";

/** How far each function has read the registry's changes, in SQLite. Changes that all have read are dropped. */
export interface StreamStore {
  /** Makes the table agree with the wiring: a new reader begins with the first change that is kept. */
  reconcile(names: readonly string[]): void;
  /** The same changes again after a failure, however many came since. */
  batch(name: string, size: number): { readonly changes: readonly Change[]; readonly attempts: number };
  advance(name: string, to: number): void;
  retry(name: string, batchEnd: number, at: number): void;
  /** When the first unread change is due; undefined without one. */
  dueAt(name: string): number | undefined;
}

type Reader = { cursor: number; batch_end: number | null; attempts: number; due_at: number };

export function streamStore(db: DatabaseSync): StreamStore {
  const reader = db.prepare("SELECT cursor, batch_end, attempts, due_at FROM stream_reader WHERE function = ?");
  const unread = db.prepare(
    "SELECT seq, arn, event, at FROM cluster_change WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
  );
  const first = db.prepare("SELECT at FROM cluster_change WHERE seq > ? ORDER BY seq LIMIT 1");
  const advance = db.prepare(
    "UPDATE stream_reader SET cursor = ?, batch_end = NULL, attempts = 0, due_at = 0 WHERE function = ?",
  );
  const retry = db.prepare(
    "UPDATE stream_reader SET batch_end = ?, attempts = attempts + 1, due_at = ? WHERE function = ?",
  );
  const prune = db.prepare("DELETE FROM cluster_change WHERE seq <= (SELECT min(cursor) FROM stream_reader)");

  return {
    reconcile: reconciler(db),
    batch: (name, size) => {
      const { cursor, batch_end, attempts } = reader.get(name) as Reader;
      return { changes: unread.all(cursor, batch_end ?? Number.MAX_SAFE_INTEGER, size) as Change[], attempts };
    },
    advance: (name, to) =>
      transaction(db, () => {
        advance.run(to, name);
        prune.run();
      }),
    retry: (name, batchEnd, at) => void retry.run(batchEnd, at, name),
    dueAt: (name) => {
      const row = reader.get(name) as Reader;
      const next = first.get(row.cursor) as { at: number } | undefined;
      return next && Math.max(next.at, row.due_at);
    },
  };
}

function reconciler(db: DatabaseSync): StreamStore["reconcile"] {
  const known = db.prepare("SELECT function FROM stream_reader");
  const drop = db.prepare("DELETE FROM stream_reader WHERE function = ?");
  const add = db.prepare(
    "INSERT INTO stream_reader (function, cursor, attempts, due_at) VALUES (?, 0, 0, 0) ON CONFLICT DO NOTHING",
  );
  return (names) =>
    transaction(db, () => {
      const gone = (known.all() as { function: string }[]).filter((row) => !names.includes(row.function));
      for (const row of gone) drop.run(row.function);
      for (const name of names) add.run(name);
    });
}

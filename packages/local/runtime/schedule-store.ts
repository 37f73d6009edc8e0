import type { DatabaseSync } from "node:sqlite";
import { transaction } from "#local/sqlite/database";

/** One run of a schedule until it has succeeded or was given up. `attempts` counts those begun. */
export type Run = {
  id: number;
  function: string;
  event: string;
  attempts: number;
  due_at: number;
  reason: string | null;
};

export interface ScheduleFacts {
  readonly name: string;
  readonly periodMs: number;
  readonly event: object;
}

/** When schedules run next, and the runs that are not finished, in SQLite. */
export interface ScheduleStore {
  /** Makes the table agree with the wiring: new ones are due now, none later than a period from now. */
  reconcile(schedules: readonly ScheduleFacts[], now: number): void;
  /** Begins an attempt: of a run that is due for another, else of a new one. It is due again at `retryAt`, should nobody say how it ended. */
  take(schedule: ScheduleFacts, now: number, retryAt: number): Run | undefined;
  finish(run: Run): void;
  retry(run: Run, at: number, reason: string): void;
  dueAt(name: string): number | undefined;
  /** The earliest time after `now` at which there is something to take. */
  dueAfter(name: string, now: number): number | undefined;
}

export function scheduleStore(db: DatabaseSync): ScheduleStore {
  const { plan, start } = planning(db);
  const due = db.prepare("SELECT id FROM invocation WHERE function = ? AND due_at <= ? ORDER BY due_at, id LIMIT 1");
  const begin = db.prepare("UPDATE invocation SET attempts = attempts + 1, due_at = ? WHERE id = ? RETURNING *");
  const finish = db.prepare("DELETE FROM invocation WHERE id = ?");
  const retry = db.prepare("UPDATE invocation SET due_at = ?, reason = ? WHERE id = ?");
  const next = db.prepare(
    `SELECT min(at) AS at FROM (
       SELECT next_at AS at FROM schedule WHERE function = ?1
       UNION ALL SELECT due_at FROM invocation WHERE function = ?1
     ) WHERE at > ?2`,
  );
  const at = (name: string, after: number): number | undefined =>
    (next.get(name, after) as { at: number | null }).at ?? undefined;

  return {
    reconcile: plan,
    take: (schedule, now, retryAt) =>
      transaction(db, () => {
        const known = due.get(schedule.name, now) as { id: number } | undefined;
        const id = known?.id ?? start(schedule, now);
        return id === undefined ? undefined : (begin.get(retryAt, id) as Run);
      }),
    finish: ({ id }) => void finish.run(id),
    retry: ({ id }, dueAt, reason) => void retry.run(dueAt, reason, id),
    dueAt: (name) => at(name, Number.MIN_SAFE_INTEGER),
    dueAfter: at,
  };
}

function planning(db: DatabaseSync): {
  plan: ScheduleStore["reconcile"];
  start(schedule: ScheduleFacts, now: number): number | undefined;
} {
  const known = db.prepare("SELECT function FROM schedule");
  const drop = db.prepare("DELETE FROM schedule WHERE function = ?");
  const add = db.prepare(
    "INSERT INTO schedule (function, next_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET next_at = min(next_at, ?)",
  );
  const nextAt = db.prepare("SELECT next_at FROM schedule WHERE function = ?");
  const move = db.prepare("UPDATE schedule SET next_at = ? WHERE function = ?");
  const insert = db.prepare("INSERT INTO invocation (function, event, attempts, due_at) VALUES (?, ?, 0, ?)");

  return {
    plan: (schedules, now) =>
      transaction(db, () => {
        const wanted = new Set(schedules.map(({ name }) => name));
        const gone = (known.all() as { function: string }[]).filter((row) => !wanted.has(row.function));
        for (const row of gone) drop.run(row.function);
        for (const { name, periodMs } of schedules) add.run(name, now, now + periodMs);
      }),
    start: ({ name, periodMs, event }, now) => {
      const row = nextAt.get(name) as { next_at: number } | undefined;
      if (row === undefined || row.next_at > now) return undefined;
      // On the grid of its first run, and however many were missed, once.
      const missed = Math.floor((now - row.next_at) / periodMs);
      move.run(row.next_at + (missed + 1) * periodMs, name);
      return Number(insert.run(name, JSON.stringify(event), now).lastInsertRowid);
    },
  };
}

import type { DatabaseSync } from "node:sqlite";
import type { OutgoingMessage } from "#fleet/messaging";
import { transaction } from "#local/sqlite/database";

/** A message as it is kept. Times are milliseconds since the epoch. */
export type MessageRow = {
  seq: number;
  id: string;
  queue: string;
  body: string;
  attributes: string;
  group_id: string | null;
  dedup_id: string | null;
  sent_at: number;
  first_received_at: number | null;
  receives: number;
  visible_at: number;
  receipt: string | null;
  origin: string | null;
  reason: string | null;
  dead_at: number | null;
};

/** The first of what can be received. */
export type Head = { group_id: string | null; visible_at: number };

/** A second message with the same deduplication id is dropped for this long (SQS developer guide). */
const DEDUP_MS = 5 * 60_000;

export interface ReceiveOptions {
  readonly now: number;
  readonly max: number;
  readonly visibleAt: number;
}

/** Messages in SQLite with SQS's bookkeeping; one transaction per operation. Which queues there are is not its business. */
export interface MessageStore {
  add(queue: string, message: OutgoingMessage & { readonly id: string; readonly now: number }): void;
  /** Takes messages of a standard queue: longest visible first. */
  receive(queue: string, options: ReceiveOptions): MessageRow[];
  /** Takes messages of a FIFO queue: in order of sending, of free groups only, those of `group` first. */
  receiveFifo(queue: string, group: string, options: ReceiveOptions): MessageRow[];
  /** Groups of a FIFO queue with something to receive and nothing in flight, each with its first message, oldest first. */
  freeGroups(queue: string, now: number, limit: number): Head[];
  /** The head of a standard queue. */
  firstVisible(queue: string, now: number): Head | undefined;
  /** After the handler: deletes what it did, lets the rest wait for its visibility time-out. */
  settle(received: readonly MessageRow[], failed: ReadonlySet<string>, reason: string | null): void;
  /** Moves what was received `maxReceives` times and is visible again; returns how many. */
  bury(queue: string, to: { readonly queue: string; readonly maxReceives: number }, now: number): number;
  /** The earliest time after `now` at which a message of the queue becomes visible. */
  nextVisible(queue: string, now: number): number | undefined;
  list(queue: string): MessageRow[];
  /** Puts a message at the end of another queue as if just sent, its id and time kept. */
  revive(message: MessageRow, queue: string, now: number): void;
}

export function messageStore(db: DatabaseSync): MessageStore {
  const { add, revive } = writers(db);
  const { settle, bury } = outcomes(db);
  const take = db.prepare(
    `UPDATE message SET receives = receives + 1, visible_at = ?, receipt = id || '.' || (receives + 1),
     first_received_at = coalesce(first_received_at, ?) WHERE seq = ? RETURNING *`,
  );
  const visible = db.prepare(
    "SELECT * FROM message WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?",
  );
  const first = db.prepare(
    "SELECT NULL AS group_id, visible_at FROM message WHERE queue = ? AND visible_at <= ? ORDER BY visible_at LIMIT 1",
  );
  const next = db.prepare("SELECT min(visible_at) AS at FROM message WHERE queue = ? AND visible_at > ?");
  const list = db.prepare("SELECT * FROM message INDEXED BY message_queue WHERE queue = ? ORDER BY seq");
  const fifo = fifoReaders(db);

  const taken = (rows: readonly MessageRow[], { now, visibleAt }: ReceiveOptions): MessageRow[] =>
    rows.map(({ seq }) => take.get(visibleAt, now, seq) as MessageRow);

  return {
    add,
    revive,
    settle,
    bury,
    receive: (queue, options) =>
      transaction(db, () => taken(visible.all(queue, options.now, options.max) as MessageRow[], options)),
    receiveFifo: (queue, group, options) => transaction(db, () => taken(fifo.batch(queue, group, options), options)),
    freeGroups: fifo.freeGroups,
    firstVisible: (queue, now) => first.get(queue, now) as Head | undefined,
    nextVisible: (queue, now) => (next.get(queue, now) as { at: number | null }).at ?? undefined,
    list: (queue) => list.all(queue) as MessageRow[],
  };
}

function writers(db: DatabaseSync): Pick<MessageStore, "add" | "revive"> {
  const insert = db.prepare(
    `INSERT INTO message (id, queue, body, attributes, group_id, dedup_id, sent_at, receives, visible_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`,
  );
  const forget = db.prepare("DELETE FROM dedup WHERE ends_at <= ?");
  const remember = db.prepare("INSERT INTO dedup (queue, dedup_id, ends_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
  const remove = db.prepare("DELETE FROM message WHERE seq = ?");
  const isRepeat = (queue: string, dedupId: string, now: number): boolean => {
    forget.run(now);
    return remember.run(queue, dedupId, now + DEDUP_MS).changes === 0;
  };
  return {
    add: (queue, { id, now, body, attributes = {}, groupId = null, dedupId = null }) =>
      transaction(db, () => {
        if (dedupId !== null && isRepeat(queue, dedupId, now)) return;
        insert.run(id, queue, body, JSON.stringify(attributes), groupId, dedupId, now, now);
      }),
    revive: (message, queue, now) =>
      transaction(db, () => {
        const { seq, id, body, attributes, group_id, dedup_id, sent_at } = message;
        remove.run(seq);
        insert.run(id, queue, body, attributes, group_id, dedup_id, sent_at, now);
      }),
  };
}

function outcomes(db: DatabaseSync): Pick<MessageStore, "settle" | "bury"> {
  // A receipt of an earlier receive no longer counts: somebody else has the message now.
  const remove = db.prepare("DELETE FROM message WHERE seq = ? AND receipt = ?");
  const keep = db.prepare("UPDATE message SET receipt = NULL, reason = ? WHERE seq = ? AND receipt = ?");
  const spent = db.prepare(
    `SELECT seq FROM message INDEXED BY message_received
     WHERE queue = ? AND receives > 0 AND receives >= ? AND visible_at <= ? ORDER BY seq`,
  );
  const move = db.prepare(
    "UPDATE message SET origin = queue, queue = ?, dead_at = ?, visible_at = ?, receipt = NULL WHERE seq = ?",
  );
  return {
    settle: (received, failed, reason) =>
      transaction(db, () => {
        for (const { id, seq, receipt } of received) {
          if (failed.has(id)) keep.run(reason, seq, receipt);
          else remove.run(seq, receipt);
        }
      }),
    bury: (queue, to, now) => {
      const rows = spent.all(queue, to.maxReceives, now) as { seq: number }[];
      if (rows.length === 0) return 0;
      transaction(db, () => rows.forEach(({ seq }) => void move.run(to.queue, now, now, seq)));
      return rows.length;
    },
  };
}

function fifoReaders(db: DatabaseSync): {
  freeGroups: MessageStore["freeGroups"];
  batch(queue: string, group: string, options: ReceiveOptions): MessageRow[];
} {
  const locked = db.prepare("SELECT DISTINCT group_id FROM message WHERE queue = ? AND visible_at > ?");
  const inOrder = db.prepare("SELECT * FROM message INDEXED BY message_queue WHERE queue = ? ORDER BY seq");
  const inSight = db.prepare(
    "SELECT group_id, visible_at FROM message INDEXED BY message_queue WHERE queue = ? ORDER BY seq",
  );
  const ofGroup = db.prepare(
    "SELECT * FROM message INDEXED BY message_group WHERE queue = ? AND group_id = ? ORDER BY seq LIMIT ?",
  );
  const lockedGroups = (queue: string, now: number): Set<string | null> =>
    new Set((locked.all(queue, now) as { group_id: string | null }[]).map(({ group_id }) => group_id));

  return {
    freeGroups: (queue, now, limit) => {
      const seen = lockedGroups(queue, now);
      const heads: Head[] = [];
      for (const row of inSight.iterate(queue) as Iterable<Head>) {
        if (seen.has(row.group_id)) continue;
        seen.add(row.group_id);
        if (heads.push(row) >= limit) break;
      }
      return heads;
    },
    batch: (queue, group, { now, max }) => {
      const busy = lockedGroups(queue, now);
      if (busy.has(group)) return [];
      const rows = ofGroup.all(queue, group, max) as MessageRow[];
      if (rows.length === 0 || rows.length === max) return rows;
      busy.add(group);
      for (const row of inOrder.iterate(queue) as Iterable<MessageRow>) {
        if (!busy.has(row.group_id) && rows.push(row) >= max) break;
      }
      return rows;
    },
  };
}

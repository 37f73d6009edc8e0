import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import type { MessageRow, MessageStore } from "#local/runtime/message-store";
import { checkKnown, type KnownQueues } from "#local/runtime/queues";
import { attributesOf } from "#local/runtime/sqs-event";
import { transaction } from "#local/sqlite/database";

/** A reason is for reading and shares the message's size with the body. */
const REASON_LIMIT = 2_000;

export interface Letter {
  readonly body: string;
  readonly function: string;
  readonly reason: string;
}

/** Puts what a schedule or a stream gave up into its dead-letter queue, in one transaction with `settle`. */
export type DeadLetter = (queue: string, letter: Letter, settle: () => void) => void;

export interface DeadLettersDeps {
  readonly db: DatabaseSync;
  readonly store: MessageStore;
  readonly queues: KnownQueues;
  readonly clock: Clock;
  readonly newId: () => string;
}

export function deadLetterer({ db, store, clock, newId }: DeadLettersDeps): DeadLetter {
  return (queue, { body, function: name, reason }, settle) =>
    transaction(db, () => {
      settle();
      const attributes = { reason: reason.slice(0, REASON_LIMIT) || "unknown", function: name };
      store.add(queue, { body, attributes, id: newId(), now: clock.now().getTime() });
    });
}

/** A message of a queue, for people and tests. */
export interface QueuedMessage {
  readonly id: string;
  readonly queue: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly groupId: string | null;
  readonly sentAt: Date;
  readonly receives: number;
  readonly visibleAt: Date;
  /** A function has it now. */
  readonly inFlight: boolean;
}

/** A message that was given up. */
export interface DeadMessage extends QueuedMessage {
  /** Where it came from, as far as known. */
  readonly origin: string | null;
  readonly reason: string | null;
  readonly at: Date;
}

export interface Inspection {
  messages(queue: string): readonly QueuedMessage[];
  deadLetters(): readonly DeadMessage[];
  /** Moves the messages of a dead-letter queue back to where they came from; returns how many. What came from no queue stays. */
  redrive(deadLetterQueue: string): number;
}

export function inspection({ db, store, queues, clock }: DeadLettersDeps): Inspection {
  const now = (): number => clock.now().getTime();
  return {
    messages: (queue) => {
      checkKnown(queues, queue);
      return store.list(queue).map((row) => queuedOf(row, now()));
    },
    deadLetters: () => [...queues.deadLetter].flatMap((queue) => store.list(queue)).map((row) => deadOf(row, now())),
    redrive: (queue) => {
      checkDeadLetter(queues, queue);
      return transaction(db, () => {
        const moves = store.list(queue).map((row) => ({ row, to: originOf(row) }));
        const known = moves.filter((move) => move.to !== null && queues.names.has(move.to));
        for (const { row, to } of known) store.revive(row, to ?? queue, now());
        return known.length;
      });
    },
  };
}

function queuedOf(row: MessageRow, now: number): QueuedMessage {
  return {
    id: row.id,
    queue: row.queue,
    body: row.body,
    attributes: attributesOf(row),
    groupId: row.group_id,
    sentAt: new Date(row.sent_at),
    receives: row.receives,
    visibleAt: new Date(row.visible_at),
    inFlight: row.receipt !== null && row.visible_at > now,
  };
}

function deadOf(row: MessageRow, now: number): DeadMessage {
  const queued = queuedOf(row, now);
  return {
    ...queued,
    origin: originOf(row),
    reason: row.reason ?? queued.attributes.reason ?? null,
    at: new Date(row.dead_at ?? row.sent_at),
  };
}

/** The runtime knows what it moved; a function that gives up a message itself says so in the attribute `queue`. */
function originOf(row: MessageRow): string | null {
  return row.origin ?? attributesOf(row).queue ?? null;
}

function checkDeadLetter(queues: KnownQueues, queue: string): void {
  if (queues.deadLetter.has(queue)) return;
  throw new TerminalError(`${queue} is not a dead-letter queue`, {
    remedy: `Name one of: ${[...queues.deadLetter].join(", ")}.`,
    reason: "unknown-queue",
    field: "queue",
    value: queue,
  });
}

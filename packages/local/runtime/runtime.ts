import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { type Clock, systemClock } from "#fleet/clock";
import type { Log } from "#fleet/log";
import type { OutgoingMessage, Queues } from "#fleet/messaging";
import { type Bus, eventBus } from "#local/runtime/bus";
import { checkWiring } from "#local/runtime/check-wiring";
import { deadLetterer, type Inspection, inspection } from "#local/runtime/dead-letters";
import { type Drive, drive } from "#local/runtime/drive";
import { invoker } from "#local/runtime/invoke";
import type { LambdaHandler } from "#local/runtime/lambda";
import { messageStore } from "#local/runtime/message-store";
import { queueSource } from "#local/runtime/queue-source";
import { sender } from "#local/runtime/queues";
import { scheduleSource } from "#local/runtime/schedule-source";
import { scheduleStore } from "#local/runtime/schedule-store";
import type { Wiring } from "#local/runtime/source";
import { streamSource } from "#local/runtime/stream-source";
import { type LocalTopics, localTopics } from "#local/runtime/topics";
import { transaction } from "#local/sqlite/database";

export interface RuntimeOptions<F extends string> {
  /** Of `openDatabase`; the registry whose changes drive stream functions lives in the same one. */
  readonly db: DatabaseSync;
  readonly clock: Clock;
  readonly wiring: Wiring<F>;
  /** Asked once per invocation, so that a simulation can give each its own ports. */
  readonly handlers: (name: F) => LambdaHandler;
  readonly log: Log;
  /** Numbers from 0 up to 1, for ids; a seeded one makes them repeatable. */
  readonly random?: () => number;
  /** Whether a function's time-out is held against real time; by default with the system's clock alone. */
  readonly enforceTimeouts?: boolean;
}

/** What AWS would do between our functions, durable in SQLite. Made anew on the same database it goes on where it was. */
export interface Runtime<F extends string> extends Bus, Drive<F>, Inspection, Pick<LocalTopics, "subscribe"> {
  readonly queues: Queues;
  readonly topics: LocalTopics;
}

/**
 * Gives the functions of a wiring the events that AWS would deliver, with its semantics: SQS, EventBridge, SNS, schedules and
 * the registry's change stream. It stands still until it is driven: `step`, `runUntilIdle` or `run`.
 * @throws TerminalError `bad-wiring`, `bad-pattern` or `bad-schedule`
 */
export function createRuntime<F extends string>(options: RuntimeOptions<F>): Runtime<F> {
  const { db, clock, wiring, handlers, log, enforceTimeouts = clock === systemClock } = options;
  const known = checkWiring(wiring);
  const newId = options.random === undefined ? randomUUID : uuidsOf(options.random);
  const store = messageStore(db);
  const letters = { db, store, queues: known, clock, newId };
  const send = sender(letters);
  const sendAll = (queues: readonly string[], message: OutgoingMessage): void =>
    transaction(db, () => {
      for (const queue of queues) send(queue, message);
    });

  const invoke = invoker({ handlers, clock, log, newId, enforceTimeouts });
  const deadLetter = deadLetterer(letters);
  const topics = localTopics({ ...wiring, log, sendAll });
  const bus = eventBus({ rules: wiring.rules, clock, newId, sendAll });
  const sources = {
    queue: queueSource({ wiring, store, invoke, log }),
    schedule: scheduleSource({ wiring, store: scheduleStore(db), invoke, deadLetter, clock }),
    stream: streamSource({ db, wiring, invoke, deadLetter, clock }),
  };
  return {
    queues: { send: async (queue, message) => send(queue, message) },
    topics,
    subscribe: topics.subscribe,
    ...bus,
    ...drive(sources, clock),
    ...inspection(letters),
  };
}

/** Version 4 UUIDs of a source of numbers. */
function uuidsOf(random: () => number): () => string {
  const word = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, "0");
  return () => {
    const hex = `${word()}${word()}${word()}${word()}`;
    const variant = "89ab"[Number.parseInt(hex.charAt(16), 16) % 4];
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join("-");
  };
}

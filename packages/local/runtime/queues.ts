import type { Clock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import type { OutgoingMessage } from "#fleet/messaging";
import { checkFifoId, checkMessage, MAX_MESSAGE_BYTES } from "#local/runtime/limits";
import type { MessageStore } from "#local/runtime/message-store";

/** The queues of a wiring with their dead-letter queues, and those of schedules and streams, by name. */
export interface KnownQueues {
  readonly names: ReadonlySet<string>;
  readonly deadLetter: ReadonlySet<string>;
}

/** @throws TerminalError `unknown-queue` */
export function checkKnown(queues: KnownQueues, queue: string): void {
  if (queues.names.has(queue)) return;
  throw new TerminalError(`there is no queue ${queue}`, {
    remedy: `Name one of the wiring: ${[...queues.names].join(", ")}.`,
    reason: "unknown-queue",
    field: "queue",
    value: queue,
  });
}

/** Every FIFO queue's name ends so, and no other's. */
export function isFifo(queue: string): boolean {
  return queue.endsWith(".fifo");
}

export interface SenderDeps {
  readonly store: MessageStore;
  readonly queues: KnownQueues;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * SendMessage. A FIFO queue wants a group and a deduplication id (content-based deduplication is off); a standard queue
 * takes a group for fairness and refuses a deduplication id.
 * @throws TerminalError `unknown-queue` or `invalid-message`
 */
export function sender({ store, queues, clock, newId }: SenderDeps): (queue: string, message: OutgoingMessage) => void {
  return (queue, message) => {
    checkKnown(queues, queue);
    checkMessage(queue, message.body, message.attributes ?? {}, MAX_MESSAGE_BYTES);
    if (isFifo(queue)) {
      checkFifoId(queue, "groupId", message.groupId);
      checkFifoId(queue, "dedupId", message.dedupId);
    } else {
      if (message.groupId !== undefined) checkFifoId(queue, "groupId", message.groupId);
      if (message.dedupId !== undefined) throw noDedup(queue, message.dedupId);
    }
    store.add(queue, { ...message, id: newId(), now: clock.now().getTime() });
  };
}

function noDedup(queue: string, value: string): TerminalError {
  return new TerminalError(`${queue} is a standard queue and refuses the dedupId`, {
    remedy: "Leave it out: only FIFO queues deduplicate.",
    reason: "invalid-message",
    field: "dedupId",
    value,
  });
}

import type { Clock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import { checkMessage } from "#fleet/message-limits";
import type { OutgoingMessage } from "#fleet/messaging";
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

export interface SenderDeps {
  readonly store: MessageStore;
  readonly queues: KnownQueues;
  readonly clock: Clock;
  readonly newId: () => string;
}

/**
 * SendMessage.
 * @throws TerminalError `unknown-queue` or `invalid-message`
 */
export function sender({ store, queues, clock, newId }: SenderDeps): (queue: string, message: OutgoingMessage) => void {
  return (queue, message) => {
    checkKnown(queues, queue);
    checkMessage(queue, message);
    store.add(queue, { ...message, id: newId(), now: clock.now().getTime() });
  };
}

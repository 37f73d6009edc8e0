import { TerminalError } from "#fleet/errors";
import { isFifo } from "#fleet/message-limits";
import type { KnownQueues } from "#local/runtime/queues";
import type { Wiring } from "#local/runtime/source";
import type { FunctionWiring, QueueWiring } from "#stacks/wiring";

/** Lambda's limits of an event source mapping without a batch window. */
const MAX_BATCH = 10;
/** Of a standard queue with a window. */
const MAX_WAITED_BATCH = 10_000;

/**
 * The queues of a wiring that AWS would deploy.
 * @throws TerminalError `bad-wiring` that names the place, on what AWS would refuse
 */
export function checkWiring(wiring: Wiring<string>): KnownQueues {
  for (const [name, queue] of Object.entries(wiring.queues)) checkQueue(name, queue);
  for (const [name, wired] of Object.entries<FunctionWiring>(wiring.functions)) checkFunction(name, wired, wiring);
  const targets = [...wiring.rules, ...wiring.subscriptions].map(({ queue }) => queue);
  for (const queue of targets) {
    if (wiring.queues[queue] === undefined) throw bad(`target ${queue}`, queue, "Name a queue of the wiring.");
    if (isFifo(queue)) throw bad(`target ${queue}`, queue, "Rules and standard topics cannot fill a FIFO queue.");
  }
  const deadLetter = new Set([
    ...Object.values(wiring.queues).map((queue) => queue.deadLetterQueue),
    ...Object.values<FunctionWiring>(wiring.functions).flatMap(({ source }) =>
      source.kind === "queue" ? [] : [source.deadLetterQueue],
    ),
  ]);
  return { names: new Set([...Object.keys(wiring.queues), ...deadLetter]), deadLetter };
}

function checkQueue(name: string, { fifo, deadLetterQueue, maxReceiveCount }: QueueWiring): void {
  if (isFifo(name) !== fifo)
    throw bad(`queues.${name}`, fifo, "End the name of a FIFO queue, and of no other, with .fifo.");
  if (isFifo(deadLetterQueue) !== fifo) {
    throw bad(
      `queues.${name}.deadLetterQueue`,
      deadLetterQueue,
      "A FIFO queue's dead-letter queue is FIFO, and only its.",
    );
  }
  if (maxReceiveCount < 1) throw bad(`queues.${name}.maxReceiveCount`, maxReceiveCount, "Allow at least one receive.");
}

function checkFunction(name: string, { source, timeoutSeconds }: FunctionWiring, { queues }: Wiring<string>): void {
  const where = `functions.${name}.source`;
  if (source.kind !== "queue") {
    if (isFifo(source.deadLetterQueue)) throw bad(where, source.deadLetterQueue, "Use a standard dead-letter queue.");
    return;
  }
  const queue = queues[source.queue];
  if (queue === undefined) throw bad(where, source.queue, "Name a queue of the wiring.");
  if (queue.visibilitySeconds < timeoutSeconds) {
    throw bad(where, queue.visibilitySeconds, "Make the queue's visibility time-out at least the function's time-out.");
  }
  const most = source.windowSeconds === undefined || queue.fifo ? MAX_BATCH : MAX_WAITED_BATCH;
  if (source.batchSize < 1 || source.batchSize > most) {
    throw bad(where, source.batchSize, `Take 1 to ${most} messages at a time.`);
  }
}

function bad(field: string, value: unknown, remedy: string): TerminalError {
  return new TerminalError(`the wiring cannot be deployed as it is at ${field}`, {
    remedy,
    reason: "bad-wiring",
    field,
    value,
  });
}

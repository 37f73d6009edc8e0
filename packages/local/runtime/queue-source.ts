import type { Log } from "#fleet/log";
import type { Invoke } from "#local/runtime/invoke";
import type { Head, MessageRow, MessageStore } from "#local/runtime/message-store";
import { type Driven, drivenBy, type EventSource, earliest, type Outcome, type Wiring } from "#local/runtime/source";
import { readBatchResponse, sqsEvent } from "#local/runtime/sqs-event";
import type { QueueWiring } from "#stacks/wiring";

/** Free groups of a FIFO queue that are offered at a time: enough to choose from, few enough to be quick with thousands. */
const GROUP_WINDOW = 32;

interface Consumer<F extends string> extends Driven<F, "queue"> {
  readonly queue: QueueWiring;
}

export interface QueueSourceDeps<F extends string> {
  readonly wiring: Wiring<F>;
  readonly store: MessageStore;
  readonly invoke: Invoke<F>;
  readonly log: Log;
}

/**
 * SQS in front of functions. A message that a function does not do waits for its visibility time-out, and its group with
 * it; after `maxReceiveCount` receives it goes to the dead-letter queue instead of being handed out again.
 */
export function queueSource<F extends string>(deps: QueueSourceDeps<F>): EventSource<F> {
  const { wiring, store } = deps;
  const consumers = consumersOf(wiring);

  const heads = (name: string, { fifo }: QueueWiring, now: number): readonly Head[] => {
    if (fifo) return store.freeGroups(name, now, GROUP_WINDOW);
    const head = store.firstVisible(name, now);
    return head === undefined ? [] : [head];
  };

  return {
    pending: (now) =>
      consumers.flatMap((consumer) => {
        bury(consumer, now, deps);
        const { name, source, queue } = consumer;
        return heads(source.queue, queue, now).map(({ group_id, visible_at }) => {
          const group = queue.fifo ? group_id : null;
          return { kind: "queue" as const, function: name, queue: source.queue, group, at: new Date(visible_at) };
        });
      }),
    deliver: async (delivery, now) => {
      const consumer = consumers.find(({ name }) => name === delivery.function);
      if (consumer === undefined || delivery.kind !== "queue") return "nothing";
      bury(consumer, now, deps);
      const rows = take(consumer, { group: delivery.group, now, store });
      return rows.length === 0 ? "nothing" : attempt(consumer, rows, deps);
    },
    nextAt: (now) => earliest(consumers.map(({ source }) => store.nextVisible(source.queue, now))),
  };
}

function consumersOf<F extends string>({ functions, queues }: Wiring<F>): readonly Consumer<F>[] {
  return drivenBy(functions, "queue").flatMap((driven) => {
    const queue = queues[driven.source.queue];
    return queue === undefined ? [] : [{ ...driven, queue }];
  });
}

function bury<F extends string>({ source, queue }: Consumer<F>, now: number, { store, log }: QueueSourceDeps<F>): void {
  const { deadLetterQueue, maxReceiveCount } = queue;
  const dead = store.bury(source.queue, { queue: deadLetterQueue, maxReceives: maxReceiveCount }, now);
  if (dead > 0) log.error("messages dead-lettered", { queue: source.queue, messages: dead });
}

function take<F extends string>(
  { source, queue }: Consumer<F>,
  { group, now, store }: { readonly group: string | null; readonly now: number; readonly store: MessageStore },
): readonly MessageRow[] {
  const options = { now, max: source.batchSize, visibleAt: now + queue.visibilitySeconds * 1000 };
  return group !== null && queue.fifo
    ? store.receiveFifo(source.queue, group, options)
    : store.receive(source.queue, options);
}

async function attempt<F extends string>(
  { name, timeoutSeconds }: Consumer<F>,
  rows: readonly MessageRow[],
  { store, invoke, log }: QueueSourceDeps<F>,
): Promise<Outcome> {
  const ids = rows.map(({ id }) => id);
  const invoked = await invoke(name, sqsEvent(rows), timeoutSeconds);
  if (!invoked.ok) {
    store.settle(rows, new Set(ids), invoked.reason);
    return "failed";
  }
  const { failed, problem } = readBatchResponse(invoked.response, ids);
  if (problem !== null) log.warn("batch response invalid", { function: name, problem });
  store.settle(rows, failed, problem ?? `handed back by ${name}`);
  if (failed.size === 0) return "done";
  return failed.size === rows.length ? "failed" : "partly";
}

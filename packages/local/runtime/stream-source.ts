import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import type { DeadLetter } from "#local/runtime/dead-letters";
import type { Invoke } from "#local/runtime/invoke";
import { type Driven, drivenBy, type EventSource, earliest, type Outcome, type Wiring } from "#local/runtime/source";
import { exhausted, streamEvent } from "#local/runtime/stream-event";
import { type StreamStore, streamStore } from "#local/runtime/stream-store";

/** A failing batch is tried again after 1, 2, 4 ... seconds, at most this. */
const LONGEST_RETRY_MS = 60_000;

export interface StreamSourceDeps<F extends string> {
  readonly db: DatabaseSync;
  readonly wiring: Wiring<F>;
  readonly invoke: Invoke<F>;
  readonly deadLetter: DeadLetter;
  readonly clock: Clock;
}

/**
 * The registry's change stream in front of functions: in order, at least once, one batch at a time, from the first
 * change that is kept. A failing batch is tried `retries` times more, then its range goes to the dead-letter queue.
 */
export function streamSource<F extends string>(deps: StreamSourceDeps<F>): EventSource<F> {
  const readers = drivenBy(deps.wiring.functions, "stream");
  const store = streamStore(deps.db);
  store.reconcile(readers.map(({ name }) => name));
  const busy = new Set<F>();

  return {
    pending: (now) =>
      readers.flatMap(({ name }) => {
        const at = store.dueAt(name);
        if (at === undefined || at > now || busy.has(name)) return [];
        return [{ kind: "stream" as const, function: name, at: new Date(at) }];
      }),
    deliver: async (delivery, now) => {
      const reader = readers.find(({ name }) => name === delivery.function);
      if (reader === undefined || busy.has(reader.name) || (store.dueAt(reader.name) ?? now + 1) > now)
        return "nothing";
      busy.add(reader.name);
      try {
        return await attempt(reader, store, deps);
      } finally {
        busy.delete(reader.name);
      }
    },
    nextAt: (now) =>
      earliest(readers.map(({ name }) => store.dueAt(name)).filter((at) => at !== undefined && at > now)),
  };
}

async function attempt<F extends string>(
  { name, source, timeoutSeconds }: Driven<F, "stream">,
  store: StreamStore,
  { invoke, deadLetter, clock }: StreamSourceDeps<F>,
): Promise<Outcome> {
  const { changes, attempts } = store.batch(name, source.batchSize);
  const last = changes.at(-1);
  if (last === undefined) return "nothing";
  const invoked = await invoke(name, streamEvent(changes), timeoutSeconds);
  const begun = attempts + 1;
  if (invoked.ok) store.advance(name, last.seq);
  else if (begun > source.retries) {
    const letter = { body: JSON.stringify(exhausted(name, changes, begun)), function: name, reason: invoked.reason };
    deadLetter(source.deadLetterQueue, letter, () => store.advance(name, last.seq));
  } else store.retry(name, last.seq, clock.now().getTime() + retryMs(begun));
  return invoked.ok ? "done" : "failed";
}

function retryMs(attempts: number): number {
  return Math.min(LONGEST_RETRY_MS, 1000 * 2 ** (attempts - 1));
}

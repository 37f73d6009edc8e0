import { setImmediate } from "node:timers/promises";
import type { Clock } from "#fleet/clock";
import { type Delivery, type EventSource, earliest, type Outcome, type SourceKind } from "#local/runtime/source";

export type Choose<F extends string> = (pending: readonly Delivery<F>[]) => Delivery<F> | undefined;

export interface StepOptions<F extends string> {
  /** Which delivery is next; without it, or when it names none, the one that has waited longest. */
  readonly choose?: Choose<F>;
}

export interface IdleOptions<F extends string> extends StepOptions<F> {
  readonly maxSteps?: number;
  /** Deliveries at a time, 1 unless told. */
  readonly concurrency?: number;
  /** Nothing more is delivered once it tells to stop; what is in flight is brought to its end. */
  readonly signal?: AbortSignal;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Deliveries at a time, 3 unless told. */
  readonly concurrency?: number;
}

/** Who makes things happen: a simulation step by step, the demo by the clock. */
export interface Drive<F extends string> {
  /** What could be delivered now, that which has waited longest first. */
  pending(): readonly Delivery<F>[];
  deliver(delivery: Delivery<F>): Promise<Outcome>;
  /** Delivers one; undefined when nothing is pending. */
  step(options?: StepOptions<F>): Promise<Outcome | undefined>;
  /** Delivers until nothing is pending, which failures wait for their time-outs to be, or `maxSteps` are done. */
  runUntilIdle(options?: IdleOptions<F>): Promise<{ readonly steps: number; readonly idle: boolean }>;
  /** The earliest future time at which something becomes deliverable. */
  nextAt(): Date | undefined;
  /** Delivers as time passes until told to stop; what is in flight then is brought to its end. */
  run(options: RunOptions): Promise<void>;
}

/** How often other processes' writes to the same database are looked for. */
const POLL_MS = 100;
const RUN_CONCURRENCY = 3;

/** Each kind of delivery goes to its source. */
export function drive<F extends string>(sources: Readonly<Record<SourceKind, EventSource<F>>>, clock: Clock): Drive<F> {
  const now = (): number => clock.now().getTime();
  const pending = (): readonly Delivery<F>[] => {
    const at = now();
    const ready = Object.values(sources).flatMap((source) => source.pending(at));
    return ready.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  };
  const deliver = (delivery: Delivery<F>): Promise<Outcome> => sources[delivery.kind].deliver(delivery, now());
  const next = (choose?: Choose<F>): Delivery<F> | undefined => {
    const ready = pending();
    return (ready.length > 0 ? choose?.(ready) : undefined) ?? ready[0];
  };
  const starter = (choose?: Choose<F>, most = Number.POSITIVE_INFINITY): Start => {
    let left = most;
    return () => {
      const delivery = left > 0 ? next(choose) : undefined;
      left -= 1;
      return delivery && deliver(delivery);
    };
  };
  const nextAt = (): Date | undefined => {
    const at = now();
    const time = earliest(Object.values(sources).map((source) => source.nextAt(at)));
    return time === undefined ? undefined : new Date(time);
  };

  return {
    pending,
    deliver,
    nextAt,
    step: async ({ choose } = {}) => {
      const delivery = next(choose);
      return delivery === undefined ? undefined : deliver(delivery);
    },
    runUntilIdle: ({ choose, maxSteps = Number.POSITIVE_INFINITY, concurrency = 1 } = {}) =>
      untilIdle(starter(choose, maxSteps), () => pending().length === 0, concurrency),
    run: ({ signal, concurrency = RUN_CONCURRENCY }) =>
      untilStopped(starter(), () => Math.min(POLL_MS, untilNext(nextAt(), now())), { signal, concurrency }),
  };
}

/** Begins the next delivery; undefined without one. */
type Start = () => Promise<Outcome> | undefined;

async function untilIdle(
  start: Start,
  idle: () => boolean,
  concurrency: number,
): Promise<{ readonly steps: number; readonly idle: boolean }> {
  const lanes = openLanes();
  for (let steps = 0; ; ) {
    const begun = lanes.size() < concurrency ? start() : undefined;
    if (begun !== undefined) {
      steps += 1;
      lanes.add(begun);
    } else if (lanes.size() > 0) await lanes.one();
    else return { steps, idle: idle() };
  }
}

async function untilStopped(
  start: Start,
  restMs: () => number,
  { signal, concurrency }: Required<RunOptions>,
): Promise<void> {
  const lanes = openLanes();
  while (!signal.aborted) {
    const begun = lanes.size() < concurrency ? start() : undefined;
    if (begun !== undefined) lanes.add(begun);
    else await pause(restMs(), signal, lanes.one());
    // Without a turn of the event loop a backlog would keep timers and the signal waiting.
    await setImmediate();
  }
  await lanes.all();
}

function untilNext(at: Date | undefined, now: number): number {
  return at === undefined ? POLL_MS : Math.max(1, at.getTime() - now);
}

/** Deliveries in flight. */
function openLanes(): {
  size(): number;
  add(work: Promise<unknown>): void;
  /** Until any has ended; for ever without one. */
  one(): Promise<unknown>;
  all(): Promise<unknown>;
} {
  const running = new Set<Promise<unknown>>();
  return {
    size: () => running.size,
    add: (work) => {
      const tracked: Promise<unknown> = work.finally(() => running.delete(tracked));
      running.add(tracked);
    },
    one: () => Promise.race(running),
    all: () => Promise.all(running),
  };
}

/** Until `ms` have passed, the signal tells to stop, or `wake` has come. */
async function pause(ms: number, signal: AbortSignal, wake: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await Promise.race([promise, wake]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

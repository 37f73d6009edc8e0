import type { Clock } from "#fleet/clock";
import type { DeadLetter } from "#local/runtime/dead-letters";
import type { Invoke } from "#local/runtime/invoke";
import type { Run, ScheduleFacts, ScheduleStore } from "#local/runtime/schedule-store";
import { type Driven, drivenBy, type EventSource, earliest, type Outcome, type Wiring } from "#local/runtime/source";
import { periodOf } from "#stacks/rate";

const MINUTE_MS = 60_000;
/** Lambda tries an asynchronous invocation again after one minute, then after two. */
const LONGEST_RETRY_MINUTES = 2;

interface Schedule<F extends string> extends Driven<F, "schedule">, ScheduleFacts {
  readonly name: F;
}

export interface ScheduleSourceDeps<F extends string> {
  readonly wiring: Wiring<F>;
  readonly store: ScheduleStore;
  readonly invoke: Invoke<F>;
  readonly deadLetter: DeadLetter;
  readonly clock: Clock;
}

/**
 * EventBridge schedules. The first run is due when the schedule is first seen; runs that were missed are made up for
 * by one. A run that fails is tried `retries` times more and then dead-lettered; one that the process did not survive
 * counts as failed when its time-out is over. A function never overlaps itself, which on AWS it may.
 */
export function scheduleSource<F extends string>(deps: ScheduleSourceDeps<F>): EventSource<F> {
  const { wiring, store, clock } = deps;
  const schedules = drivenBy(wiring.functions, "schedule").map(
    (driven): Schedule<F> => ({ ...driven, periodMs: periodOf(driven.source.rate), event: driven.source.input }),
  );
  store.reconcile(schedules, clock.now().getTime());
  const busy = new Set<F>();

  return {
    pending: (now) =>
      schedules.flatMap(({ name }) => {
        const at = store.dueAt(name);
        if (at === undefined || at > now || busy.has(name)) return [];
        return [{ kind: "schedule" as const, function: name, at: new Date(at) }];
      }),
    deliver: async (delivery, now) => {
      const schedule = schedules.find(({ name }) => name === delivery.function);
      if (schedule === undefined || busy.has(schedule.name)) return "nothing";
      const run = store.take(schedule, now, now + schedule.timeoutSeconds * 1000);
      if (run === undefined) return "nothing";
      busy.add(schedule.name);
      try {
        return await attempt(schedule, run, deps);
      } finally {
        busy.delete(schedule.name);
      }
    },
    nextAt: (now) => earliest(schedules.map(({ name }) => store.dueAfter(name, now))),
  };
}

async function attempt<F extends string>(
  { name, source, event, timeoutSeconds }: Schedule<F>,
  run: Run,
  { store, invoke, deadLetter, clock }: ScheduleSourceDeps<F>,
): Promise<Outcome> {
  const giveUp = (reason: string): void =>
    deadLetter(source.deadLetterQueue, { body: run.event, function: name, reason }, () => store.finish(run));
  if (run.attempts > source.retries + 1) {
    giveUp(run.reason ?? "the process ended during the run");
    return "failed";
  }
  const invoked = await invoke(name, event, timeoutSeconds);
  if (invoked.ok) store.finish(run);
  else if (run.attempts > source.retries) giveUp(invoked.reason);
  else store.retry(run, clock.now().getTime() + retryMs(run.attempts), invoked.reason);
  return invoked.ok ? "done" : "failed";
}

function retryMs(attempts: number): number {
  return Math.min(attempts, LONGEST_RETRY_MINUTES) * MINUTE_MS;
}

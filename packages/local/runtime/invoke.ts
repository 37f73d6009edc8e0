import type { Clock } from "#fleet/clock";
import { describeError, RetryableError } from "#fleet/errors";
import type { Log } from "#fleet/log";
import { contextOf, type LambdaHandler } from "#local/runtime/lambda";

export type Invoked =
  | { readonly ok: true; readonly response: unknown }
  | { readonly ok: false; readonly reason: string };

export type Invoke<F extends string> = (name: F, event: object, timeoutSeconds: number) => Promise<Invoked>;

export interface InvokeDeps<F extends string> {
  readonly handlers: (name: F) => LambdaHandler;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  /** Whether time-outs are held against real time; a clock that stands still cannot run out. */
  readonly enforceTimeouts: boolean;
}

/**
 * Calls a function as Lambda does: never throws, a rejection is a failed invocation. What ran into its time-out goes on
 * running here, where Lambda would freeze it; its answer is ignored.
 */
export function invoker<F extends string>({ handlers, clock, log, newId, enforceTimeouts }: InvokeDeps<F>): Invoke<F> {
  return async (name, event, timeoutSeconds) => {
    const requestId = newId();
    const endsAt = clock.now().getTime() + timeoutSeconds * 1000;
    const context = contextOf({ name, requestId, remainingMs: () => Math.max(0, endsAt - clock.now().getTime()) });
    try {
      const answer = handlers(name)(event, context);
      return { ok: true, response: await (enforceTimeouts ? within(timeoutSeconds, answer) : answer) };
    } catch (error) {
      const reason = describeError(error);
      log.warn("invocation failed", { function: name, request: requestId, error: reason });
      return { ok: false, reason };
    }
  };
}

async function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timeout = new RetryableError(`the invocation timed out after ${seconds} seconds`, {
    remedy: "Raise timeoutSeconds in the wiring, or do less per invocation.",
    reason: "timed-out",
  });
  const timer = setTimeout(() => reject(timeout), seconds * 1000);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

import { fixedClock } from "#fleet/clock";
import type { Log, LogFields } from "#fleet/log";
import type { LambdaHandler } from "#local/runtime/lambda";
import { createRuntime, type Runtime, type RuntimeOptions } from "#local/runtime/runtime";
import type { Wiring } from "#local/runtime/source";
import { openDatabase } from "#local/sqlite/database";

export const NOTHING_WIRED = { queues: {}, topics: [], rules: [], subscriptions: [], functions: {} } as const;

export const START = "2026-11-20T12:00:00Z";

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** A log that keeps its lines. */
export function keptLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: LogLine["level"]) => (message: string, fields?: LogFields) =>
    void lines.push({ level, message, fields });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A runtime in memory whose clock stands still, and what it is made of. Functions without a handler do nothing. */
export function localWorld<F extends string>(
  wiring: Partial<Wiring<F>>,
  handlers: Partial<Record<F, LambdaHandler>> = {},
  options: Partial<RuntimeOptions<F>> = {},
) {
  const db = openDatabase(":memory:");
  const clock = fixedClock(START);
  const log = keptLog();
  const whole = { ...NOTHING_WIRED, ...wiring } as Wiring<F>;
  const all: RuntimeOptions<F> = {
    db,
    clock,
    log,
    wiring: whole,
    handlers: (name) => handlers[name] ?? (async () => undefined),
    ...options,
  };
  const open = (): Runtime<F> => createRuntime(all);
  return { db, clock, log, runtime: open(), /** As after a restart of the process. */ reopen: open };
}

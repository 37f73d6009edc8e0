import { TerminalError } from "#fleet/errors";

const RATE = /^rate\((?<count>[1-9]\d*) (?<unit>minutes?|hours?)\)$/;
const MINUTE_MS = 60_000;

/** Milliseconds between two runs of a schedule. */
export function periodOf(rate: string): number {
  const { count, unit = "" } = RATE.exec(rate)?.groups ?? {};
  if (count !== undefined) return Number(count) * MINUTE_MS * (unit.startsWith("hour") ? 60 : 1);
  throw new TerminalError(`the schedule ${rate} cannot be understood`, {
    remedy: "Write rate(N minutes) or rate(N hours).",
    reason: "bad-schedule",
    field: "rate",
    value: rate,
  });
}

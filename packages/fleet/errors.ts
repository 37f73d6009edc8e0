/** What an error tells a person besides what happened: `remedy` is a sentence that says what to do. */
export interface ErrorDetails {
  readonly remedy: string;
  /** Stable, lower-case, dashed: alarms, conditions and routing key on it. */
  readonly reason?: string;
  readonly field?: string;
  readonly value?: unknown;
  readonly cause?: unknown;
}

/** Base of every error Musterbook throws on purpose; anything else is a defect. */
export abstract class MusterbookError extends Error {
  readonly remedy: string;
  readonly reason: string;
  readonly field: string | undefined;
  readonly value: unknown;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.remedy = details.remedy;
    this.reason = details.reason ?? "unspecified";
    this.field = details.field;
    this.value = details.value;
  }
}

/** Trying again later can succeed: throttling, a version conflict, a network fault. The edge hands the message back. */
export class RetryableError extends MusterbookError {
  override readonly name: string = "RetryableError";
}

/** Trying again cannot succeed without a change by somebody: bad input, missing right. The edge dead-letters or reports. */
export class TerminalError extends MusterbookError {
  override readonly name: string = "TerminalError";
}

/** A conditional write lost: somebody else wrote the record first. Read again, plan again. */
export class ConflictError extends RetryableError {
  override readonly name = "ConflictError";
}

/** The text of anything thrown, with its causes, for logs and evidence. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message || error.name;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
}

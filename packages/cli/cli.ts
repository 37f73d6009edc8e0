import type { Clock } from "#fleet/clock";

/** A standard stream, as far as a command uses it. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  /** Of the terminal. */
  readonly columns?: number | undefined;
}

/** What a command has of its process; tests give their own. */
export interface Cli {
  /** Results. */
  readonly stdout: Output;
  /** Progress, notes and errors. */
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** 0: done, nothing wrong. 1: done, and something is wrong. 2: it could not be done. A command sets it. */
  exitCode: number;
}

export type LineStatus = "ok" | "warning" | "failure";

/** What a check found. */
export interface Line {
  /** Such as `bucket.lifecycle`. */
  readonly check: string;
  /** What was looked at; empty where there is but one. */
  readonly subject: string;
  readonly status: LineStatus;
  readonly text: string;
  /** Empty where nothing is to be done. */
  readonly remedy: string;
}

export type Verdict = Pick<Line, "status" | "text" | "remedy">;

export function ok(text: string): Verdict {
  return { status: "ok", text, remedy: "" };
}

export function warning(text: string, remedy: string): Verdict {
  return { status: "warning", text, remedy };
}

export function failure(text: string, remedy: string): Verdict {
  return { status: "failure", text, remedy };
}

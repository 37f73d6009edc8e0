import type { Problem } from "#config/schema";
import { MusterbookError, TerminalError } from "#fleet/errors";
import { wrap } from "#report/text";

/** A file or argument with several things wrong, all told at once. */
export class ProblemsError extends TerminalError {
  override readonly name = "ProblemsError";
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[], remedy: string) {
    super(message, { reason: "bad-input", remedy });
    this.problems = problems;
  }
}

/** An error as a person reads it: what, field and value, remedy. Ends with a line feed. */
export function renderError(error: unknown, width: number): string {
  if (!(error instanceof MusterbookError)) return renderDefect(error, width);
  const problems =
    error instanceof ProblemsError ? error.problems.flatMap((problem) => problemLines(problem, width)) : [];
  const where = error.field === undefined || error.message.includes(String(error.value)) ? [] : [subject(error)];
  const lines = [
    ...wrap(`musterbook: ${sentence(error.message)}`, { width }),
    ...problems,
    ...where.flatMap((line) => wrap(line, { width, indent: "  " })),
    ...wrap(error.remedy, { width }),
  ];
  return `${lines.join("\n")}\n`;
}

function subject({ field, value }: MusterbookError): string {
  return value === undefined ? `${field}` : `${field}: ${shown(value)}`;
}

function problemLines({ field, value, remedy }: Problem, width: number): string[] {
  const given = value === undefined ? "" : `${shown(value)}: `;
  return wrap(`${field}: ${given}${remedy}`, { width, indent: "    ", first: "  " });
}

function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Not thrown on purpose: the fault is ours, and the stack is what a report needs. */
function renderDefect(error: unknown, width: number): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [
    ...wrap("musterbook: this is a defect of Musterbook, not of what it was asked.", { width }),
    ...wrap(
      "Please report it to the project's issue tracker, with the command, the output of musterbook --version, and:",
      {
        width,
      },
    ),
    ...stack.split("\n").map((line) => `  ${line}`),
  ];
  return `${lines.join("\n")}\n`;
}

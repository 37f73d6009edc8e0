import type { Line, LineStatus } from "#doctor/line";
import { wrap } from "#report/text";

const STATUSES = ["failure", "warning", "ok"] as const satisfies readonly LineStatus[];
const WORDS: Readonly<Record<LineStatus, string>> = { failure: "FAILURE", warning: "WARNING", ok: "ok" };
const INDENT = "         ";

/** One line as it is told while the others are still asked; what is to be done stands below it. */
export function doctorLine({ check, subject, status, text, remedy }: Line, width: number): string {
  const what = subject === "" ? check : `${check} ${subject}`;
  const lines = [
    ...wrap(`${what}: ${text}`, { width, first: WORDS[status].padEnd(INDENT.length), indent: INDENT }),
    ...(remedy === "" ? [] : wrap(remedy, { width, indent: INDENT })),
  ];
  return `${lines.join("\n")}\n`;
}

export function doctorSummary(lines: readonly Line[]): string {
  const parts = STATUSES.flatMap((status) => {
    const count = lines.filter((line) => line.status === status).length;
    if (count === 0) return [];
    return [status === "ok" ? `${count} ok` : `${count} ${status}${count === 1 ? "" : "s"}`];
  });
  return `\n${parts.join(", ")}.\n`;
}

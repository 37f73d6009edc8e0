import type { Cli, Output } from "#cli/cli";
import { escapeControls, jsonText } from "#report/escape";

const PLAIN_WIDTH = 80;
const MAX_WIDTH = 120;
const SEVERITY = /^(CRITICAL|WARNING|INFO)\b/gm;
const COLOURS: Readonly<Record<string, string>> = {
  CRITICAL: "\u001b[1;31m",
  WARNING: "\u001b[1;33m",
  INFO: "\u001b[1m",
};
const RESET = "\u001b[0m";

/** Columns for tables and prose: the terminal's, up to 120, else 80. */
export function widthOf({ isTTY, columns }: Output): number {
  return isTTY && columns !== undefined && columns > 0 ? Math.min(columns, MAX_WIDTH) : PLAIN_WIDTH;
}

/**
 * Writes text. What came from outside, such as a label, cannot reach the terminal as a control sequence: this is the only
 * way out, and colour is put on after escaping.
 */
export function print(cli: Cli, output: Output, text: string): void {
  const safe = escapeControls(text);
  output.write(
    hasColour(cli, output) ? safe.replace(SEVERITY, (word) => `${COLOURS[word] ?? ""}${word}${RESET}`) : safe,
  );
}

/** Writes a value as JSON for programs. */
export function printJson(cli: Cli, value: unknown): void {
  cli.stdout.write(jsonText(value));
}

function hasColour({ env }: Cli, { isTTY }: Output): boolean {
  return isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

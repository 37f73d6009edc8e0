import type { Cli, Output } from "#cli/cli";

const PLAIN_WIDTH = 80;
const MAX_WIDTH = 120;
/** Everything that moves a cursor, colours, or turns the direction of text, but the line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the point
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
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

/** Control characters as visible escapes (`\u001b`), which is also how JSON writes them. */
export function escapeControls(text: string): string {
  return text.toWellFormed().replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
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
  cli.stdout.write(`${escapeControls(JSON.stringify(value, null, 2))}\n`);
}

function hasColour({ env }: Cli, { isTTY }: Output): boolean {
  return isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
}

import type { Cli } from "#cli/cli";
import { widthOf } from "#cli/output";
import { wrap } from "#report/text";

/** What follows the options in a command's help: paragraphs fit the terminal, examples stay as they are. */
export function helpText(cli: Cli, text: string): (context: { readonly error: boolean }) => string {
  return ({ error }) => {
    const width = widthOf(error ? cli.stderr : cli.stdout);
    const fitted = text
      .trim()
      .split("\n\n")
      .map((paragraph) => (paragraph.startsWith("Examples:") ? paragraph : wrap(paragraph, { width }).join("\n")));
    return `\n${fitted.join("\n\n")}`;
  };
}

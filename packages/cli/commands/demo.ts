import { resolve } from "node:path";
import { Command } from "commander";
import type { Cli } from "#cli/cli";
import { runDemo } from "#cli/demo/demo";
import { helpText } from "#cli/help";
import { untilInterrupted } from "#cli/interrupt";

const HELP = `
No account and no Docker; everything it makes is in its state folder. A second
run goes on from there and changes nothing.

Examples:
  $ npm start
  $ musterbook demo --watch
  $ SLACK_WEBHOOK_URL=https://hooks.slack.com/... musterbook demo`;

/** `musterbook demo`, which is also `npm start`. */
export function demoCommand(cli: Cli): Command {
  return new Command("demo")
    .description("audit a recorded bucket and bring three clusters in, on this machine")
    .option("--state <folder>", "where its state lives", ".musterbook")
    .option("--watch", "stay up and show what happens")
    .addHelpText("after", helpText(cli, HELP))
    .action(({ state, watch = false }: { readonly state: string; readonly watch?: boolean }) =>
      untilInterrupted((signal) => runDemo(cli, { folder: resolve(state), watch, signal })),
    );
}

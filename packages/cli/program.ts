import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import * as v from "valibot";
import type { Cli } from "#cli/cli";
import { renderError } from "#cli/errors";
import { helpText } from "#cli/help";
import { print, widthOf } from "#cli/output";
import { wrap } from "#report/text";

/** Each makes the command of its name; in the order of `--help`. A command is loaded only where it is asked for. */
const COMMANDS: Readonly<Record<string, (cli: Cli) => Promise<Command>>> = {
  audit: async (cli) => (await import("#cli/commands/audit")).auditCommand(cli),
  block: async (cli) => (await import("#cli/commands/block")).blockCommand(cli),
  explain: async (cli) => (await import("#cli/commands/explain")).explainCommand(cli),
  demo: async (cli) => (await import("#cli/commands/demo")).demoCommand(cli),
  observe: async (cli) => (await import("#cli/commands/observe")).observeCommand(cli),
  status: async (cli) => (await import("#cli/commands/status")).statusCommand(cli),
  plan: async (cli) => (await import("#cli/commands/plan")).planCommand(cli),
  replay: async (cli) => (await import("#cli/commands/replay")).replayCommand(cli),
  charts: async (cli) => (await import("#cli/commands/charts")).chartsCommand(cli),
  members: async (cli) => (await import("#cli/commands/members")).membersCommand(cli),
  doctor: async (cli) => (await import("#cli/commands/doctor")).doctorCommand(cli),
  drill: async (cli) => (await import("#cli/commands/drill")).drillCommand(cli),
};

const COULD_NOT = 2;
const HELP = `
Examples:
  $ musterbook audit s3://metrics-blocks   what is wrong in a bucket, what to do
  $ musterbook audit ./copy-of-a-bucket    the same for a directory
  $ musterbook observe --context prod-a    what is on a cluster, what to do
  $ musterbook demo                        all of it on this machine
  $ musterbook status                      the roll call of what the demo made
  $ musterbook plan                        what would be done, and why
  $ musterbook audit --help                options and examples of a command

Exit code: 0 done, nothing wrong; 1 done, and something is wrong; 2 it could not
be done.`;

/** Runs one command line and returns its exit code; every error is told on stderr, here and nowhere else. */
export async function run(args: readonly string[], cli: Cli): Promise<number> {
  try {
    await (await program(cli, args)).parseAsync([...args], { from: "user" });
    return cli.exitCode;
  } catch (error) {
    // Commander has told its own already; --help and --version end with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : COULD_NOT;
    print(cli, cli.stderr, renderError(error, widthOf(cli.stderr)));
    return COULD_NOT;
  }
}

/** The command that `args` begin with; all of them where they begin with none. */
export async function program(cli: Cli, [name = ""]: readonly string[] = []): Promise<Command> {
  const root = new Command("musterbook")
    .description("Every cluster, present and accounted for.")
    .version(version(), "--version", "print the version")
    .addHelpText("after", helpText(cli, HELP))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(cli, cli.stdout, text),
      writeErr: (text) => print(cli, cli.stderr, text),
      outputError: (text, write) => write(ownError(text, widthOf(cli.stderr))),
      getOutHelpWidth: () => widthOf(cli.stdout),
      getErrHelpWidth: () => widthOf(cli.stderr),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  const asked = Object.entries(COMMANDS).filter(([known]) => known === name || !Object.hasOwn(COMMANDS, name));
  const commands = await Promise.all(asked.map(([, load]) => load(cli)));
  for (const command of commands) root.addCommand(command.copyInheritedSettings(root));
  return root;
}

/** Commander's words about a bad command line, in our form. */
function ownError(text: string, width: number): string {
  const lines = text
    .trimEnd()
    .replace(/^error: /, "musterbook: ")
    .split("\n");
  return `${[...lines, "See musterbook --help."].flatMap((line) => wrap(line, { width })).join("\n")}\n`;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return v.parse(v.object({ version: v.string() }), JSON.parse(text)).version;
}

import { Command } from "commander";
import type { Cli } from "#cli/cli";
import { helpText } from "#cli/help";
import { print } from "#cli/output";
import { helmBinary } from "#helm/binary";
import { CHARTS_FOLDER, type ChartState, chartState, digestError, readChartLock } from "#helm/charts";
import { type Pulled, pullChart } from "#helm/pull-chart";

const HELP = `
Charts are pinned by version and digest in charts/charts.json and kept in
charts/vendor. The first pull writes the digest; every later one, and every use,
is held against it.

Examples:
  $ musterbook charts list      which charts, and whether they are here
  $ musterbook charts pull      fetch what is missing
  $ musterbook charts verify    compare what is here with the pinned digests

Exit code: 0 done, 1 (verify) a chart is missing, 2 a chart is not the pinned
one or could not be pulled.`;

/** What helm may see of the environment when it pulls. */
const PASSED_ON = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

const STATES: Readonly<Record<ChartState["state"], string>> = {
  verified: "verified",
  absent: "not pulled, stand-in in use",
  unpinned: "there, but not pinned",
  changed: "not the pinned file",
};

const OUTCOMES: Readonly<Record<Pulled["outcome"], string>> = {
  there: "there already, verified",
  pinned: "pulled, digest written to charts.json",
  verified: "pulled, verified",
};

/** `musterbook charts list | pull | verify`; `folder` is `charts/` of Musterbook itself unless a test says otherwise. */
export function chartsCommand(cli: Cli, folder: string = CHARTS_FOLDER): Command {
  const command = new Command("charts")
    .description("fetch and verify the helm charts")
    .addHelpText("after", helpText(cli, HELP));
  const subcommands = [
    new Command("list").description("which charts are pinned, and which are here").action(() => list(cli, folder)),
    new Command("pull").description("fetch the charts that are missing").action(() => pull(cli, folder)),
    new Command("verify").description("compare the charts with their digests").action(() => verify(cli, folder)),
  ];
  const writeOut = (text: string) => print(cli, cli.stdout, text);
  const writeErr = (text: string) => print(cli, cli.stderr, text);
  // Settings are handed down before the command itself gets them from the root.
  for (const subcommand of subcommands) {
    command.addCommand(subcommand.exitOverride().configureOutput({ writeOut, writeErr }));
  }
  return command;
}

async function list(cli: Cli, folder: string): Promise<void> {
  for (const state of await states(folder)) {
    const { name, version, repository } = state.entry;
    print(cli, cli.stdout, `${name} ${version}  ${STATES[state.state]}\n  ${repository}\n`);
  }
}

async function pull(cli: Cli, folder: string): Promise<void> {
  const { helm } = await helmBinary({ path: cli.env.PATH ?? "" });
  const { charts } = await readChartLock(folder);
  for (const entry of charts) {
    print(cli, cli.stderr, `pulling ${entry.name} ${entry.version} from ${entry.repository}\n`);
    const { outcome } = await pullChart(entry, { folder, helm, env: passedOn(cli.env) });
    print(cli, cli.stdout, `${entry.name} ${entry.version}  ${OUTCOMES[outcome]}\n`);
  }
}

async function verify(cli: Cli, folder: string): Promise<void> {
  for (const state of await states(folder)) {
    if (state.state === "changed" || state.state === "unpinned") throw digestError(state);
    if (state.state === "absent") cli.exitCode = 1;
    const { entry, digest } = state;
    print(
      cli,
      cli.stdout,
      `${entry.name} ${entry.version}  ${STATES[state.state]}${digest === null ? "" : `\n  ${digest}`}\n`,
    );
  }
}

async function states(folder: string): Promise<readonly ChartState[]> {
  const { charts } = await readChartLock(folder);
  return await Promise.all(charts.map((entry) => chartState(folder, entry)));
}

function passedOn(env: Cli["env"]): Readonly<Record<string, string>> {
  const set = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return Object.fromEntries(set);
}

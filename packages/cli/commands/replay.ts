import { resolve } from "node:path";
import { Command } from "commander";
import { counted } from "#blocks/text";
import type { Cli } from "#cli/cli";
import { driveUntilSettled } from "#cli/demo/drive";
import { type Narrator, narrate } from "#cli/demo/narrator";
import { helpText } from "#cli/help";
import { untilInterrupted } from "#cli/interrupt";
import { withBus, withStage } from "#cli/local-stage";
import { print, widthOf } from "#cli/output";
import { asDrill, type ReplayEvent, readEvents } from "#cli/replay-events";
import { STATE_FOLDER } from "#cli/stage/folder";
import { stageHolder } from "#cli/stage/lock";
import type { Stage } from "#cli/stage/stage";
import { parseClusterEvent } from "#fleet/events";
import { type Wrapping, wrap } from "#report/text";

const HELP = `
The file holds one event as EventBridge delivers it, an array of them, or one a
line. An event only says "look at this cluster": what is done follows from what
the look finds.

Examples:
  $ musterbook replay test/events/create-cluster.json
  $ musterbook replay events.jsonl --state /var/lib/musterbook

Exit code: 0 every event was handled; 1 something was dead-lettered; 2 the file
cannot be read, the bus refuses an event, or there is no local stage.`;

/** `musterbook replay <file>`. */
export function replayCommand(cli: Cli): Command {
  return new Command("replay")
    .description("put events on the bus of the local stage and see what comes of them")
    .argument("<file>", "JSON file with the events")
    .option("--state <folder>", "where the local stage lives", STATE_FOLDER)
    .addHelpText("after", helpText(cli, HELP))
    .action(async (file: string, { state }: { readonly state: string }) => {
      const events = await readEvents(file);
      const holder = await stageHolder(resolve(state));
      if (holder !== undefined) return await handOver(cli, { folder: resolve(state), holder, events });
      await untilInterrupted((signal) =>
        withStage(cli, resolve(state), (stage) => replayAll(cli, stage, events, signal)),
      );
    });
}

/** The stage is up in another process, whose screen shows what comes of it. */
async function handOver(
  cli: Cli,
  {
    folder,
    holder,
    events,
  }: { readonly folder: string; readonly holder: number; readonly events: readonly ReplayEvent[] },
): Promise<void> {
  noteDrills(cli, events);
  await withBus(folder, cli.clock, async (bus) => {
    for (const event of events) await bus.putEvent(asDrill(event).event);
  });
  tell(
    cli,
    `${counted(events.length, "event")} put on the bus; process ${holder} has the stage and shows what comes of it.`,
  );
}

async function replayAll(cli: Cli, stage: Stage, events: readonly ReplayEvent[], signal: AbortSignal): Promise<void> {
  noteDrills(cli, events);
  const narrator = await narrate(cli, stage);
  const before = stage.runtime.deadLetters().length;
  let handled = 0;
  for (const event of events) {
    if (signal.aborted) break;
    await replayOne(cli, stage, { event, narrator, signal });
    handled += 1;
  }
  narrator.end();
  const dead = stage.runtime.deadLetters().length - before;
  tell(cli, `${counted(handled, "event")} replayed, ${dead} dead-lettered.`);
  cli.exitCode = dead > 0 ? 1 : 0;
}

function noteDrills(cli: Cli, events: readonly ReplayEvent[]): void {
  const sources = new Set(events.map((event) => asDrill(event).was).filter((was) => was !== null));
  if (sources.size === 0) return;
  const text = `Source ${[...sources].join(", ")} becomes musterbook.drill, since a bus takes events of aws.* from AWS alone.`;
  print(cli, cli.stderr, `${wrap(text, { width: widthOf(cli.stderr) }).join("\n")}\n`);
}

interface Replay {
  readonly event: ReplayEvent;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
}

async function replayOne(cli: Cli, stage: Stage, { event: given, narrator, signal }: Replay): Promise<void> {
  const { runtime } = stage;
  const { event } = asDrill(given);
  const old = new Set(runtime.deadLetters().map(({ id }) => id));
  const told = { ...narrator.told };
  const queues = await runtime.putEvent(event);
  const { eventName } = event.detail;
  const name = typeof eventName === "string" ? `${event["detail-type"]}, ${eventName}` : event["detail-type"];
  tell(cli, `${name}: ${queues.length === 0 ? "no rule matches, as on AWS it ends here" : queues.join(", ")}`);
  if (queues.length === 0) return;
  await driveUntilSettled(stage, narrator, signal);
  const letters = runtime.deadLetters().filter(({ id }) => !old.has(id));
  for (const { queue, reason } of letters) {
    tell(cli, `dead letter in ${queue}: ${reason ?? "no reason given"}`, DEEP);
  }
  const silent = narrator.told.steps === told.steps && narrator.told.alerts === told.alerts;
  if (letters.length > 0) return;
  const ended = queues.includes("cluster-events") ? await endOf(event, stage) : undefined;
  if (ended !== undefined) tell(cli, ended, DEEP);
  else if (silent) tell(cli, "nothing to do: no record changed, and there is no new alert", DEEP);
}

const DEEP: Omit<Wrapping, "width"> = { first: "  ", indent: "      " };

/** Why an event led to no look, or to one that found no cluster. */
async function endOf(event: ReplayEvent, { eks }: Stage): Promise<string | undefined> {
  const read = parseClusterEvent(event);
  if (read.outcome === "ignore") return `ignored: ${read.reason}, ${read.detail}`;
  if (read.outcome === "reject" || (await eks.describe(read.cluster)) !== undefined) return undefined;
  return `nothing to do: EKS of this stage knows no cluster ${read.cluster.name}, and an event alone proves nothing`;
}

function tell(cli: Cli, text: string, wrapping: Omit<Wrapping, "width"> = { indent: "  ", first: "" }): void {
  print(cli, cli.stdout, `${wrap(text, { width: widthOf(cli.stdout), ...wrapping }).join("\n")}\n`);
}

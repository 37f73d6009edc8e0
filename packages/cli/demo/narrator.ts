import { parseAlertEvent } from "#alerts/cloud-event";
import { terminalLines } from "#alerts/terminal";
import type { Cli } from "#cli/cli";
import { print, widthOf } from "#cli/output";
import type { Stage } from "#cli/stage/stage";
import { parseClusterArn } from "#fleet/cluster";
import type { ClusterRecord, Transition } from "#fleet/record";
import { wrap } from "#report/text";

/** Tells a person what happens while it happens: each step of each cluster, each alert once. */
export interface Narrator {
  /** Tells what the records say that was not told yet. */
  catchUp(): Promise<void>;
  /** How much was told. */
  readonly told: { readonly steps: number; readonly alerts: number };
  end(): void;
}

export async function narrate(cli: Cli, { ports, runtime }: Stage): Promise<Narrator> {
  const told = { steps: 0, alerts: 0 };
  const known = new Map(
    (await ports.registry.all()).map((record) => [record.arn, JSON.stringify(record.history.at(-1))]),
  );
  const seen = new Set<string>();

  const end = runtime.topics.subscribe("musterbook-alerts", {}, ({ message }) => {
    const event = parseAlertEvent(message);
    // The topic may say a thing twice, under one id.
    if (seen.has(event.id)) return;
    seen.add(event.id);
    told.alerts += 1;
    for (const line of terminalLines(event)) say(cli, `  ${line}`);
  });

  const catchUp = async (): Promise<void> => {
    for (const record of await ports.registry.all()) {
      for (const line of linesAfter(record, known.get(record.arn))) {
        told.steps += 1;
        const name = parseClusterArn(record.arn)?.name ?? record.arn;
        say(cli, `  ${line.at.slice(11, 19)}  ${name.padEnd(NAME_WIDTH)} ${textOf(line, record)}`);
      }
      known.set(record.arn, JSON.stringify(record.history.at(-1)));
    }
  };
  return { catchUp, told, end };
}

const NAME_WIDTH = 9;

/** By the line itself and not by its time: two lines can be of one moment. */
function linesAfter({ history }: ClusterRecord, last: string | undefined): readonly Transition[] {
  return history.slice(history.findLastIndex((line) => JSON.stringify(line) === last) + 1);
}

function textOf({ step, message }: Transition, { phase, conditions }: ClusterRecord): string {
  if (step !== "none") return `${step}: ${message}`;
  return phase === "present" ? `proven: ${conditions.Queryable.evidence}` : `${phase}: ${message}`;
}

function say(cli: Cli, text: string): void {
  const [, lead = "", rest = ""] = /^(\s*)(.*)$/s.exec(text) ?? [];
  const lines = wrap(rest, { width: widthOf(cli.stdout), first: lead, indent: `${lead}    ` });
  print(cli, cli.stdout, `${lines.join("\n")}\n`);
}

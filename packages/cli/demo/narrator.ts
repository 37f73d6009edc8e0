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
  const lastOf = ({ history }: ClusterRecord): string => history.at(-1)?.at ?? "";
  const known = new Map((await ports.registry.all()).map((record) => [record.arn, lastOf(record)]));
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
      const since = known.get(record.arn) ?? "";
      for (const line of record.history.filter(({ at }) => at > since)) {
        told.steps += 1;
        const name = parseClusterArn(record.arn)?.name ?? record.arn;
        say(cli, `  ${line.at.slice(11, 19)}  ${name.padEnd(NAME_WIDTH)} ${textOf(line, record)}`);
      }
      known.set(record.arn, lastOf(record));
    }
  };
  return { catchUp, told, end };
}

const NAME_WIDTH = 9;

function textOf({ step, message }: Transition, { phase, conditions }: ClusterRecord): string {
  if (step !== "none") return `${step}: ${message}`;
  return phase === "present" ? `proven: ${conditions.Queryable.evidence}` : `${phase}: ${message}`;
}

function say(cli: Cli, text: string): void {
  const [, lead = "", rest = ""] = /^(\s*)(.*)$/s.exec(text) ?? [];
  const lines = wrap(rest, { width: widthOf(cli.stdout), first: lead, indent: `${lead}    ` });
  print(cli, cli.stdout, `${lines.join("\n")}\n`);
}

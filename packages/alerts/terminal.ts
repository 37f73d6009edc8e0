import type { AlertEvent } from "#alerts/cloud-event";
import { cutText } from "#alerts/text";
import { age } from "#blocks/text";

const MAX_LINE = 400;

/** One line on what happened and, while it fires, one on what to do first; plain text without control characters. */
export function terminalLines(event: AlertEvent): readonly string[] {
  const { data, severity, status, cluster } = event;
  const word = status === "resolved" ? "RESOLVED" : severity.toUpperCase();
  const where = cluster === "none" ? "" : ` ${cluster}`;
  const first = `${word} ${data.id}${where}: ${data.summary}`;
  if (status === "firing")
    return [
      oneLine(first),
      oneLine(`  do: ${firstStep(data.remedy)} See docs/runbook.md#${data.id.replaceAll(".", "")}`),
    ];
  const ms = Date.parse(data.resolvedAt ?? data.changedAt) - Date.parse(data.openedAt);
  return [oneLine(`${word} ${data.id}${where} after ${age(ms)}: ${data.summary}`)];
}

function oneLine(text: string): string {
  return cutText(text, MAX_LINE)
    .replaceAll(/\s*\n\s*/g, " ")
    .trimEnd();
}

/** The first sentence of a remedy, without its number: the report has all of it. */
function firstStep(remedy: string): string {
  const [line = ""] = remedy.split("\n");
  const sentence = /^(?:1\. )?(.*?[.!?])(?:\s|$)/.exec(line)?.[1] ?? line;
  const capital = sentence.charAt(0).toUpperCase() + sentence.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

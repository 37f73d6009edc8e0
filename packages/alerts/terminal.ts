import type { AlertEvent } from "#alerts/cloud-event";
import { cutText } from "#alerts/text";
import { age } from "#blocks/text";

const MAX_LINE = 400;

/** One line on what happened and, while it fires, one on what to do; plain text without control characters. */
export function terminalLines(event: AlertEvent): readonly string[] {
  const { data, severity, status, cluster } = event;
  const word = status === "resolved" ? "RESOLVED" : severity.toUpperCase();
  const where = cluster === "none" ? "" : ` ${cluster}`;
  const first = `${word} ${data.id}${where}: ${data.summary}`;
  if (status === "firing") return [oneLine(first), oneLine(`  do: ${data.remedy}`)];
  const ms = Date.parse(data.resolvedAt ?? data.changedAt) - Date.parse(data.openedAt);
  return [oneLine(`${word} ${data.id}${where} after ${age(ms)}: ${data.summary}`)];
}

function oneLine(text: string): string {
  return cutText(text, MAX_LINE)
    .replaceAll(/\s*\n\s*/g, " ")
    .trimEnd();
}

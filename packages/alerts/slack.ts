import type { AlertEvent } from "#alerts/cloud-event";
import { type Markup, markup, plainText } from "#alerts/mrkdwn";
import { age } from "#blocks/text";

/** Slack's limits are 150 for a header and 3000 for a section; the whole message breaks at about 13 200. */
export const MAX_HEADER = 150;
const MAX_SUMMARY = 2_000;
const MAX_LONG_TEXT = 2_600;
const MAX_CONTEXT = 1_500;
const MAX_FACTS = 10;

type PlainText = { readonly type: "plain_text"; readonly text: string; readonly emoji: false };
/** `verbatim` keeps Slack from finding links, channels and mentions in the text by itself. */
type Mrkdwn = { readonly type: "mrkdwn"; readonly text: string; readonly verbatim: true };

export type SlackBlock =
  | { readonly type: "header"; readonly text: PlainText }
  | { readonly type: "section"; readonly text: Mrkdwn }
  | { readonly type: "context"; readonly elements: readonly Mrkdwn[] };

/** What an incoming webhook takes. `text` is what notifications and screen readers show. */
export interface SlackPayload {
  readonly text: string;
  readonly blocks: readonly SlackBlock[];
}

/**
 * The message of one transition, within Slack's limits whatever the alert holds: foreign text is escaped, so nothing
 * in it is a link, a mention or markup. A resolved alert says so, and for how long it fired, instead of what to do.
 */
export function slackPayload(event: AlertEvent): SlackPayload {
  const { data, status } = event;
  const title = plainText(titleOf(event), MAX_HEADER);
  const body = status === "resolved" ? resolvedBody(event) : firingBody(event);
  const facts = markup`${factsOf(data.labels)}`;
  return {
    text: title,
    blocks: [
      { type: "header", text: { type: "plain_text", text: title, emoji: false } },
      ...body.filter(({ text }) => text.trim() !== "").map(section),
      { type: "context", elements: [mrkdwn(facts.cut(MAX_CONTEXT)), mrkdwn(runbookLine(event))] },
    ],
  };
}

function titleOf({ data, cluster, severity, status }: AlertEvent): string {
  const where = cluster === "none" ? "" : ` on ${cluster}`;
  if (status === "resolved") return `RESOLVED: ${data.id}${where}`;
  const before = data.worst === undefined ? "" : `, was ${data.worst}`;
  const again = data.transition === "opened" ? "" : ` (${data.transition}${before})`;
  return `${severity.toUpperCase()}: ${data.id}${where}${again}`;
}

function firingBody({ data }: AlertEvent): readonly Markup[] {
  const { consequence } = data.evidence;
  return [
    markup`${data.summary}`.cut(MAX_SUMMARY),
    typeof consequence === "string" ? markup`*If nothing is done:* ${consequence}`.cut(MAX_SUMMARY) : markup``,
    markup`*Do:* ${data.remedy}`.cut(MAX_LONG_TEXT),
  ];
}

function resolvedBody({ data, severity }: AlertEvent): readonly Markup[] {
  const ms = Date.parse(data.resolvedAt ?? data.changedAt) - Date.parse(data.openedAt);
  const worse = data.worst === undefined ? "" : `, at worst ${data.worst}`;
  return [
    markup`Resolved after ${age(ms)}; nothing to do. It was ${severity}${worse}: ${data.summary}`.cut(MAX_SUMMARY),
  ];
}

function factsOf(labels: AlertEvent["data"]["labels"]): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const more = all.length > MAX_FACTS ? ` and ${all.length - MAX_FACTS} more labels` : "";
  return all.length === 0 ? "no labels" : `${all.slice(0, MAX_FACTS).join(", ")}${more}`;
}

function runbookLine({ data }: AlertEvent): Markup {
  const id = data.id.replaceAll(/[^\w.-]/g, "");
  return markup`since ${data.openedAt}, runbook ${id}`.cut(MAX_HEADER);
}

export function section(text: Markup): SlackBlock {
  return { type: "section", text: mrkdwn(text) };
}

export function mrkdwn({ text }: Markup): Mrkdwn {
  return { type: "mrkdwn", text, verbatim: true };
}

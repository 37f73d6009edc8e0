import type { AlertEvent } from "#alerts/cloud-event";
import { type Markup, markup, plainText } from "#alerts/mrkdwn";
import { MAX_HEADER, mrkdwn, type SlackPayload, section, slackPayload } from "#alerts/slack";
import { cutText } from "#alerts/text";
import { SEVERITIES } from "#blocks/finding";
import { count, counted } from "#blocks/text";

/** A channel takes one post a second, and hides what comes faster without an error: more than these at once are one post. */
const MAX_SINGLE = 5;
/** Of the digest, so that all of it is below the 12 000 characters that Slack takes for sure. */
const MAX_GROUPS = 8;
const MAX_GROUP = 1_300;
const SHOWN = 3;
const MAX_LINE = 220;
const MAX_DO = 300;
const MAX_NAMES = 12;
const MAX_NAME = 40;

/** One post, and the events that it tells of. */
export interface SlackMessage {
  readonly events: readonly AlertEvent[];
  readonly payload: SlackPayload;
}

/**
 * The posts for what is to be told at once. Of one alert the newest event alone is told; a few alerts have a post each, and
 * more are one digest: by kind, worst first, what fires before what is resolved. Every event is in one post.
 */
export function slackMessages(events: readonly AlertEvent[]): readonly SlackMessage[] {
  const alerts = [...Map.groupBy(events, ({ dedupkey }) => dedupkey).values()].flatMap((same) => {
    const newest = same.toSorted((a, b) => b.data.sequence - a.data.sequence)[0];
    return newest === undefined ? [] : [{ newest, same }];
  });
  if (alerts.length > MAX_SINGLE) return [{ events, payload: digest(alerts.map(({ newest }) => newest)) }];
  return alerts.map(({ newest, same }) => ({ events: same, payload: slackPayload(newest) }));
}

interface Kind {
  readonly first: AlertEvent;
  readonly events: readonly AlertEvent[];
}

function digest(events: readonly AlertEvent[]): SlackPayload {
  const kinds = kindsOf(events);
  const title = plainText(`${count(events.length)} alerts: ${countsOf(events)}`, MAX_HEADER);
  const rest = kinds.slice(MAX_GROUPS).map((kind) => `${titleOf(kind)} ${count(kind.events.length)}`);
  const more = rest.length === 0 ? "" : `And more: ${rest.join(", ")}. `;
  return {
    text: title,
    blocks: [
      { type: "header", text: { type: "plain_text", text: title, emoji: false } },
      ...kinds.slice(0, MAX_GROUPS).map((kind) => section(kindText(kind))),
      {
        type: "context",
        elements: [
          mrkdwn(markup`${more}So many at once are told in one post; the topic has each of them.`.cut(MAX_GROUP)),
        ],
      },
    ],
  };
}

/** Worst first, what fires before what is resolved. */
function kindsOf(events: readonly AlertEvent[]): readonly Kind[] {
  const kinds = Map.groupBy(events, ({ status, severity, data }) => JSON.stringify([status, severity, data.id]));
  return [...kinds.values()]
    .flatMap((same) => (same[0] === undefined ? [] : [{ first: same[0], events: same }]))
    .toSorted((a, b) => rank(a.first) - rank(b.first) || b.events.length - a.events.length);
}

function rank({ status, severity }: AlertEvent): number {
  return SEVERITIES.indexOf(severity) + (status === "resolved" ? SEVERITIES.length : 0);
}

function countsOf(events: readonly AlertEvent[]): string {
  const firing = SEVERITIES.map((severity) => {
    const those = events.filter((event) => event.status === "firing" && event.severity === severity).length;
    return those === 0 ? "" : `${count(those)} ${severity}`;
  });
  const resolved = events.filter(({ status }) => status === "resolved").length;
  return [...firing, resolved === 0 ? "" : `${count(resolved)} resolved`].filter((text) => text !== "").join(", ");
}

function titleOf({ first }: Kind): string {
  return `${first.status === "resolved" ? "RESOLVED" : first.severity.toUpperCase()}: ${first.data.id}`;
}

function kindText(kind: Kind): Markup {
  const { first, events } = kind;
  const lines = events.slice(0, SHOWN).map((event) => `• ${cutText(lineOf(event), MAX_LINE).replaceAll("\n", " ")}`);
  const rest = events.slice(SHOWN);
  const more = rest.length === 0 ? [] : [`and ${count(rest.length)} more${namesOf(rest)}`];
  const told = [...lines, ...more].join("\n");
  const size = events.length === 1 ? "" : `, ${counted(events.length, "alert")}`;
  if (first.status === "resolved") return markup`*${titleOf(kind)}*${size}\n${told}`.cut(MAX_GROUP);
  return markup`*${titleOf(kind)}*${size}\n${told}\n*Do:* ${doOf(first)}`.cut(MAX_GROUP);
}

function lineOf({ cluster, data }: AlertEvent): string {
  return cluster === "none" ? data.summary : `${cluster}: ${data.summary}`;
}

/** What there is to do is as long as a page, and differs in its names only. */
function doOf({ data }: AlertEvent): string {
  const { bucket } = data.labels;
  const commands =
    bucket === undefined ? "" : ` Each with its numbers and commands: musterbook explain ${data.id} ${bucket}`;
  return `${cutText(data.remedy, MAX_DO).replaceAll(/\s*\n\s*/g, " ")}${commands}`;
}

/** `, on prod-a, prod-b and 3 more clusters`. */
function namesOf(events: readonly AlertEvent[]): string {
  const names = [...new Set(events.map(({ cluster }) => cutText(cluster, MAX_NAME)))].filter((name) => name !== "none");
  const rest = names.length - MAX_NAMES;
  if (names.length === 0) return "";
  return `, on ${names.slice(0, MAX_NAMES).join(", ")}${rest > 0 ? ` and ${counted(rest, "more cluster", "more clusters")}` : ""}`;
}

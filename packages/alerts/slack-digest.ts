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
const MAX_GROUP = 1_000;
const MAX_REST = 250;
const SHOWN = 3;
const MAX_LINE = 160;
const MAX_DO = 240;
/** For the names of all alerts that are not among the first, and of those of one kind. */
const NAMES = 3_400;
const MAX_NAMES = 1_900;
const MAX_NAME = 60;

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
      ...kinds.slice(0, MAX_GROUPS).map((kind, _, { length }) => section(kindText(kind, NAMES / length))),
      {
        type: "context",
        elements: [
          mrkdwn(markup`${more}So many at once are told in one post; the topic has each of them.`.cut(MAX_REST)),
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

function kindText(kind: Kind, roomForNames: number): Markup {
  const { first, events } = kind;
  const lines = events.slice(0, SHOWN).map((event) => `• ${cutText(lineOf(event), MAX_LINE).replaceAll("\n", " ")}`);
  const rest = events.slice(SHOWN);
  const room = Math.min(MAX_NAMES, Math.floor(roomForNames));
  const more = rest.length === 0 ? [] : [`and ${count(rest.length)} more${namesOf(rest, room)}`];
  const told = [...lines, ...more].join("\n");
  const size = events.length === 1 ? "" : `, ${counted(events.length, "alert")}`;
  if (first.status === "resolved") return markup`*${titleOf(kind)}*${size}\n${told}`.cut(MAX_GROUP + room);
  return markup`*${titleOf(kind)}*${size}\n${told}\n*Do:* ${doOf(first)}`.cut(MAX_GROUP + room);
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

/** `: prod-a, prod-b and 3 others`, in about so many characters. */
function namesOf(events: readonly AlertEvent[], room: number): string {
  const names = [...new Set(events.map(nameOf))].filter((name) => name !== "");
  const [first] = names;
  if (first === undefined) return "";
  let text = first;
  for (const [at, name] of names.slice(1).entries()) {
    if (text.length + name.length + 2 > room) return `: ${text} and ${counted(names.length - at - 1, "other")}`;
    text += `, ${name}`;
  }
  return `: ${text}`;
}

/** The cluster, or what else its labels say of the place. */
function nameOf({ cluster, data: { labels } }: AlertEvent): string {
  const { bucket, group, ...others } = labels;
  const place = cluster === "none" ? Object.values(others).join("/") || group || bucket || "" : cluster;
  return cutText(place, MAX_NAME).replaceAll("\n", " ");
}

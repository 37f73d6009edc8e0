import { readFileSync } from "node:fs";

export const CLUSTER_EVENTS = [
  "create-cluster",
  "create-cluster-failed",
  "create-cluster-2018",
  "delete-cluster",
  "update-cluster-config",
  "tag-resource",
  "untag-resource",
  "tag-nodegroup",
] as const;
export const OBJECT_EVENTS = ["object-created", "object-deleted"] as const;
type EventName = (typeof CLUSTER_EVENTS)[number] | (typeof OBJECT_EVENTS)[number];

/** An event as the bus delivers it, captured. */
export function eventText(name: EventName): string {
  return readFileSync(new URL(`../events/${name}.json`, import.meta.url), "utf8");
}

export interface Envelope {
  readonly id: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export function eventOf(name: EventName): Envelope {
  return JSON.parse(eventText(name));
}

/** The same event with other fields in its detail. */
export function eventWith(name: EventName, detail: Readonly<Record<string, unknown>>): string {
  const event = eventOf(name);
  return JSON.stringify({ ...event, detail: { ...event.detail, ...detail } });
}

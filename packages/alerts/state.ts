import { ALERT_RECORD_VERSION, type AlertInput, type AlertRecord, type Severity, type Transition } from "#alerts/alert";
import { fingerprint } from "#alerts/fingerprint";
import { SEVERITIES } from "#blocks/finding";

/** What a source saw of one alert at one time. */
export type Sighting =
  | { readonly status: "firing"; readonly source: string; readonly alert: AlertInput }
  | { readonly status: "resolved" };

/** An alert that fires again this soon after it was resolved flaps. */
export const FLAPS_WITHIN_MS = 60 * 60_000;
/** One that flaps is resolved when it has been gone for this long, so that swinging every few minutes tells nobody anything. */
export const STEADY_MS = 30 * 60_000;
/** An alert that is about this many times as much as when it was last told of is news. */
const GROWN = 2;

/**
 * The state machine of one alert: opened, updated, resolved, reopened; every change is one more `sequence` and so one
 * publication. A sighting that says nothing new is `unchanged`, and so is one from before the last change (a late or
 * repeated delivery). A record of the same `sequence` only remembers, and is not published.
 */
export function nextRecord(
  previous: AlertRecord | undefined,
  sighting: Sighting,
  now: Date,
): AlertRecord | "unchanged" {
  if (previous === undefined) return sighting.status === "firing" ? opened(sighting, now) : "unchanged";
  const { changedAt, flapping } = previous;
  if (now.getTime() < Math.max(Date.parse(changedAt), Date.parse(flapping?.since ?? changedAt))) return "unchanged";
  if (sighting.status === "resolved") return previous.status === "resolved" ? "unchanged" : gone(previous, now);
  if (previous.status === "resolved") return reopened(previous, sighting, now);
  const seen = flapping?.isGone ? swung(previous, false, now) : undefined;
  if (isNews(previous.alert, sighting.alert)) return updated(seen ?? previous, sighting.alert, now);
  return seen ?? "unchanged";
}

function gone(previous: AlertRecord, now: Date): AlertRecord | "unchanged" {
  const { flapping, ...record } = previous;
  if (flapping?.isGone === false) return swung(previous, true, now);
  if (flapping !== undefined && now.getTime() - Date.parse(flapping.since) < STEADY_MS) return "unchanged";
  return { ...moved(record, "resolved", now), status: "resolved", resolvedAt: now.toISOString() };
}

function swung(record: AlertRecord, isGone: boolean, now: Date): AlertRecord {
  return { ...record, flapping: { isGone, since: now.toISOString() } };
}

type Firing = Extract<Sighting, { status: "firing" }>;

function opened({ source, alert }: Firing, now: Date): AlertRecord {
  return {
    schemaVersion: ALERT_RECORD_VERSION,
    fingerprint: fingerprint(alert),
    source,
    status: "firing",
    alert,
    openedAt: now.toISOString(),
    changedAt: now.toISOString(),
    resolvedAt: null,
    sequence: 1,
    publishedSequence: 0,
    transition: "opened",
  };
}

function updated(previous: AlertRecord, alert: AlertInput, now: Date): AlertRecord {
  const { worst: _, ...record } = moved(previous, "updated", now);
  const worst = worstOf(previous);
  const isBetter = SEVERITIES.indexOf(worst) < SEVERITIES.indexOf(alert.severity);
  return { ...record, alert, ...(isBetter ? { worst } : {}) };
}

/** Of an alert since it was opened. Whoever was told of it by its severity is told of it to its end. */
export function worstOf({ worst, alert }: Pick<AlertRecord, "worst" | "alert">): Severity {
  return worst ?? alert.severity;
}

/** It belongs to whoever sees it now, and counts its time and its worst anew. */
function reopened(previous: AlertRecord, { source, alert }: Firing, now: Date): AlertRecord {
  const { worst: _, ...record } = moved(previous, "reopened", now);
  const firing: AlertRecord = {
    ...record,
    source,
    alert,
    status: "firing",
    openedAt: now.toISOString(),
    resolvedAt: null,
  };
  const isSoon = now.getTime() - Date.parse(previous.changedAt) < FLAPS_WITHIN_MS;
  return isSoon ? swung(firing, false, now) : firing;
}

function moved(previous: AlertRecord, transition: Transition, now: Date): AlertRecord {
  return { ...previous, transition, changedAt: now.toISOString(), sequence: previous.sequence + 1 };
}

function isNews(told: AlertInput, seen: AlertInput): boolean {
  if (told.severity !== seen.severity) return true;
  if (seen.extent === undefined) return words(told) !== words(seen);
  return told.extent !== undefined && seen.extent >= GROWN * told.extent;
}

/** A time span in words, `2 d 4 h`: it grows from look to look and is no news. */
const AGE = /\b\d+ [smhd]\b(?: \d+ [smhd]\b)*/g;

function words({ summary, remedy }: AlertInput): string {
  return JSON.stringify([summary.replaceAll(AGE, ""), remedy.replaceAll(AGE, "")]);
}

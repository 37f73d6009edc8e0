import { ALERT_RECORD_VERSION, type AlertInput, type AlertRecord, type Transition } from "#alerts/alert";
import { fingerprint } from "#alerts/fingerprint";

/** What a source saw of one alert at one time. */
export type Sighting =
  | { readonly status: "firing"; readonly source: string; readonly alert: AlertInput }
  | { readonly status: "resolved" };

/**
 * The state machine of one alert: opened, updated, resolved, reopened; every change is one more `sequence` and so one
 * publication. A sighting that says nothing new is `unchanged`, and so is one from before the last change (a late or
 * repeated delivery). Only severity, summary and remedy are news; evidence alone is not, nor is an age in the words.
 */
export function nextRecord(
  previous: AlertRecord | undefined,
  sighting: Sighting,
  now: Date,
): AlertRecord | "unchanged" {
  if (previous === undefined) return sighting.status === "firing" ? opened(sighting, now) : "unchanged";
  if (now.getTime() < Date.parse(previous.changedAt)) return "unchanged";
  if (sighting.status === "resolved") {
    if (previous.status === "resolved") return "unchanged";
    return { ...moved(previous, "resolved", now), status: "resolved", resolvedAt: now.toISOString() };
  }
  if (previous.status === "resolved") return reopened(previous, sighting, now);
  if (news(previous.alert) === news(sighting.alert)) return "unchanged";
  return { ...moved(previous, "updated", now), alert: sighting.alert };
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

/** It belongs to whoever sees it now, and counts its time anew. */
function reopened(previous: AlertRecord, { source, alert }: Firing, now: Date): AlertRecord {
  const record = moved(previous, "reopened", now);
  return { ...record, source, alert, status: "firing", openedAt: now.toISOString(), resolvedAt: null };
}

function moved(previous: AlertRecord, transition: Transition, now: Date): AlertRecord {
  return { ...previous, transition, changedAt: now.toISOString(), sequence: previous.sequence + 1 };
}

/** A time span in words, `2 d 4 h`: it grows from look to look and is no news. */
const AGE = /\b\d+ [smhd]\b(?: \d+ [smhd]\b)*/g;

function news({ severity, summary, remedy }: AlertInput): string {
  return JSON.stringify([severity, summary.replaceAll(AGE, ""), remedy.replaceAll(AGE, "")]);
}

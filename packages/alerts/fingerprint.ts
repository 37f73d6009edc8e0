import { createHash } from "node:crypto";
import type { AlertInput } from "#alerts/alert";

/** The identity of an alert, 64 hex digits: its id and labels, in any order of the labels. Evidence and words do not count. */
export function fingerprint({ id, labels }: Pick<AlertInput, "id" | "labels">): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([id, sorted]))
    .digest("hex");
}

import type { AlertInput } from "#alerts/alert";
import type { PublishResult } from "#stores/publish";

/** The alert for a store list whose guard held removals back. */
export function massRemovalRefused({
  refused,
  limit,
  kept,
}: Pick<PublishResult, "refused" | "limit" | "kept">): AlertInput {
  return {
    id: "stores.mass-removal-refused",
    severity: "critical",
    labels: {},
    summary: `${refused.length} of ${kept.length} endpoints would have left the store list; the guard allows ${limit} within an hour, so they all stay.`,
    evidence: { refused, limit },
    remedy:
      "Look whether these clusters are really gone. If they are: name their addresses under approvedRemovals in fleet.config.ts. If not: find out why the registry says so; nothing was removed meanwhile.",
  };
}

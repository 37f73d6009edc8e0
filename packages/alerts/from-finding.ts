import type { AlertInput } from "#alerts/alert";
import { explains } from "#blocks/causes";
import { type AuditReport, type Finding, SEVERITIES } from "#blocks/finding";
import { describeError, MusterbookError } from "#fleet/errors";

/**
 * The alerts of an audit: one incident per cause. What a cause explains is counted in its evidence (`swallows`), and
 * findings of one id and the same labels (blocks of one stream) are one alert, so that its identity holds no volatile
 * value. The report itself keeps every finding.
 */
export function alertsFromFindings({ url, findings }: Pick<AuditReport, "url" | "findings">): readonly AlertInput[] {
  const causes = findings.filter((finding) => !findings.some((cause) => explains(cause, finding)));
  const groups = Map.groupBy(causes, (finding) => JSON.stringify(sortedEntries(labelsOf(finding, url), finding.id)));
  return [...groups.values()].flatMap((same) => {
    const [first, ...more] = same.toSorted(worstFirst);
    return first === undefined ? [] : [alertOf([first, ...more], url, findings)];
  });
}

/** The alert about Musterbook's own blindness: `what` could not be listed, so nothing was concluded from it. */
export function listingFailed({ what, error }: { readonly what: string; readonly error: unknown }): AlertInput {
  return {
    id: "musterbook.listing-failed",
    severity: "warning",
    labels: { what },
    summary: `${what} could not be listed, so its last known state stands.`,
    evidence: { error: describeError(error) },
    remedy:
      error instanceof MusterbookError
        ? error.remedy
        : "Look at the error in the evidence; nothing is changed or resolved until a listing succeeds.",
  };
}

function alertOf(
  [finding, ...more]: readonly [Finding, ...Finding[]],
  url: string,
  all: readonly Finding[],
): AlertInput {
  const same = [finding, ...more];
  const swallowed = all.filter((other) => same.some((cause) => explains(cause, other))).length;
  return {
    id: finding.id,
    severity: finding.severity,
    labels: labelsOf(finding, url),
    summary: more.length === 0 ? finding.summary : `${finding.summary} ${more.length} more of the same kind.`,
    evidence: {
      ...finding.evidence,
      since: finding.since,
      consequence: finding.consequence,
      blocks: same.flatMap(({ blocks }) => blocks).toSorted(),
      findings: same.length,
      swallows: swallowed,
    },
    remedy: finding.remedy,
  };
}

function labelsOf({ labels, groupKey }: Finding, bucket: string): Readonly<Record<string, string>> {
  return { ...labels, ...(groupKey === null ? {} : { group: groupKey }), bucket };
}

function worstFirst(a: Finding, b: Finding): number {
  const rank = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  if (rank !== 0) return rank;
  return a.blocks.join() < b.blocks.join() ? -1 : 1;
}

function sortedEntries(labels: Readonly<Record<string, string>>, id: string): readonly unknown[] {
  return [id, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))];
}

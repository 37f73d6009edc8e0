import type { AlertInput } from "#alerts/alert";
import { sortedPairs } from "#blocks/block/labels";
import { type Cause, causesOf } from "#blocks/causes";
import { type AuditReport, type Finding, SEVERITIES } from "#blocks/finding";
import { describeError, MusterbookError } from "#fleet/errors";

/** What an audit has to say. */
export interface FindingAlerts {
  /** One for each cause. */
  readonly alerts: readonly AlertInput[];
  /** What a cause explains. Its alert, where it was opened before the cause was there, is neither news nor resolved. */
  readonly explained: readonly AlertInput[];
}

/**
 * The alerts of an audit: one incident per cause. What a cause explains is counted in its evidence (`swallows`), and
 * findings of one id and the same labels (blocks of one stream) are one alert, so that its identity holds no volatile
 * value. The report itself keeps every finding.
 */
export function alertsFromFindings({ url, findings }: Pick<AuditReport, "url" | "findings">): FindingAlerts {
  const causes = causesOf(findings);
  const swallowed = causes.flatMap(({ swallows }) => swallows.map((finding): Cause => ({ finding, swallows: [] })));
  return { alerts: grouped(causes, url), explained: grouped(swallowed, url) };
}

function grouped(causes: readonly Cause[], url: string): readonly AlertInput[] {
  const groups = Map.groupBy(causes, ({ finding }) =>
    JSON.stringify([finding.id, sortedPairs(labelsOf(finding, url))]),
  );
  return [...groups.values()].flatMap((same) => {
    const [first, ...more] = same.toSorted(worstFirst);
    return first === undefined ? [] : [alertOf([first, ...more], url)];
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

function alertOf(causes: readonly [Cause, ...Cause[]], url: string): AlertInput {
  const [{ finding }, ...more] = causes;
  const blocks = causes.flatMap((cause) => cause.finding.blocks).toSorted();
  const swallows = causes.reduce((sum, cause) => sum + cause.swallows.length, 0);
  return {
    id: finding.id,
    severity: finding.severity,
    labels: labelsOf(finding, url),
    summary: more.length === 0 ? finding.summary : `${finding.summary} ${more.length} more of the same kind.`,
    evidence: {
      ...finding.evidence,
      since: finding.since,
      consequence: finding.consequence,
      blocks,
      findings: causes.length,
      swallows,
    },
    remedy: finding.remedy,
    extent: Math.max(causes.length + swallows, new Set(blocks).size),
  };
}

function labelsOf({ labels, groupKey }: Finding, bucket: string): Readonly<Record<string, string>> {
  return { ...labels, ...(groupKey === null ? {} : { group: groupKey }), bucket };
}

function worstFirst({ finding: a }: Cause, { finding: b }: Cause): number {
  const rank = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  if (rank !== 0) return rank;
  return a.blocks.join() < b.blocks.join() ? -1 : 1;
}

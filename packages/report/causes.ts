import { explains } from "#blocks/causes";
import { type Finding, SEVERITIES } from "#blocks/finding";

/** A finding with those that it explains. */
export interface Cause {
  readonly finding: Finding;
  readonly swallows: readonly Finding[];
}

/**
 * One block per cause, worst first: `compactor.will-halt` swallows the overlaps of its group, `upload.cluster-late` the
 * `upload.late` of its streams. Nothing is lost: every finding is a cause or swallowed by one.
 */
export function causesOf(findings: readonly Finding[]): readonly Cause[] {
  const swallowedBy = new Map(findings.map((finding) => [finding, findings.find((cause) => explains(cause, finding))]));
  // A cause can be swallowed in turn; what it explains then belongs to the last of them.
  const rootOf = (finding: Finding): Finding => {
    const cause = swallowedBy.get(finding);
    return cause === undefined ? finding : rootOf(cause);
  };
  const byRoot = Map.groupBy(findings, rootOf);
  return [...byRoot]
    .map(([finding, all]) => ({ finding, swallows: all.filter((other) => other !== finding) }))
    .sort((a, b) => SEVERITIES.indexOf(a.finding.severity) - SEVERITIES.indexOf(b.finding.severity));
}

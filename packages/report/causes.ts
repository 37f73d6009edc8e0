import { explains } from "#blocks/causes";
import { type Finding, SEVERITIES } from "#blocks/finding";

/** A finding with those that it explains. */
export interface Cause {
  readonly finding: Finding;
  readonly swallows: readonly Finding[];
}

/**
 * One block per cause, worst first: `compactor.will-halt` swallows the `overlap` of its group, `upload.cluster-late` the
 * `upload.late` of its streams. Nothing is lost: every finding is a cause or swallowed by one.
 */
export function causesOf(findings: readonly Finding[]): readonly Cause[] {
  const swallowedBy = new Map(findings.map((finding) => [finding, findings.find((cause) => explains(cause, finding))]));
  return findings
    .filter((finding) => swallowedBy.get(finding) === undefined)
    .map((finding) => ({ finding, swallows: findings.filter((other) => swallowedBy.get(other) === finding) }))
    .sort((a, b) => SEVERITIES.indexOf(a.finding.severity) - SEVERITIES.indexOf(b.finding.severity));
}

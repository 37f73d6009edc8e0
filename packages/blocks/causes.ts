import type { Finding } from "#blocks/finding";
import { includesLabels } from "#blocks/labels";

/**
 * Whether one finding is the reason of another, so that one incident tells of both:
 * `compactor.will-halt` of the `overlap` of its group, `upload.cluster-late` of what is late in its cluster.
 */
export function explains(cause: Finding, finding: Finding): boolean {
  if (finding.severity === "info") return false;
  if (cause.id === "compactor.will-halt") {
    return finding.id === "overlap" && cause.groupKey !== null && cause.groupKey === finding.groupKey;
  }
  if (cause.id !== "upload.cluster-late" || Object.keys(cause.labels).length === 0) return false;
  const isLate = finding.id === "upload.late" || finding.id === "upload.replica-late";
  return isLate && includesLabels(finding.labels, cause.labels);
}

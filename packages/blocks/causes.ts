import type { Finding, FindingId } from "#blocks/finding";
import { includesLabels, labelsId } from "#blocks/labels";

type Explains = (cause: Finding, finding: Finding) => boolean;

const LATE = new Set<FindingId>(["upload.late", "upload.replica-late", "upload.silent"]);

/** Of a cause, what it is the reason of. No two causes explain each other. */
const EXPLAINS: Partial<Readonly<Record<FindingId, Explains>>> = {
  "upload.global": ({ blocks }, { id, blocks: late }) =>
    (LATE.has(id) || id === "upload.cluster-late") && late.length > 0 && late.every((ulid) => blocks.includes(ulid)),
  "upload.cluster-late": ({ labels: cluster }, { id, labels }) =>
    LATE.has(id) && Object.keys(cluster).length > 0 && includesLabels(labels, cluster),
  "upload.silent": (silent, { id, labels }) =>
    id !== "upload.silent" && LATE.has(id) && labelsId(labels) === labelsId(silent.labels),
  "labels.volatile": ({ labels: cluster }, { id, labels }) =>
    id === "labels.changed" && Object.keys(cluster).length > 0 && includesLabels(labels, cluster),
  "compactor.will-halt": ({ groupKey }, finding) =>
    finding.id.startsWith("overlap.") && groupKey !== null && groupKey === finding.groupKey,
  "compactor.multiple": (_, { id }) => id === "overlap.e-two-compactors" || id === "overlap.a-duplicate",
  "delete.overdue": (_, { id }) => id === "block.delete-stuck",
};

/** Whether one finding is the reason of another, so that one incident tells of both. */
export function explains(cause: Finding, finding: Finding): boolean {
  if (finding.severity === "info") return false;
  return EXPLAINS[cause.id]?.(cause, finding) ?? false;
}

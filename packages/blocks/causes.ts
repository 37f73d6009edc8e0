import { includesLabels, labelsId } from "#blocks/block/labels";
import { type Finding, type FindingId, SEVERITIES } from "#blocks/finding";

type Explains = (cause: Finding, finding: Finding) => boolean;

const LATE = new Set<FindingId>(["upload.late", "upload.replica-late", "upload.silent"]);

/** What a compactor that does nothing leaves undone. */
const UNDONE = new Set<FindingId>([
  "compactor.lag",
  "compactor.backlog",
  "delete.overdue",
  "retention.overdue",
  "downsample.lag5m",
  "downsample.lag1h",
  "downsample.missing",
]);
/** What retention deletes too early never becomes. */
const NEVER_MADE = new Set<FindingId>(["retention.expires-undownsampled", "downsample.lag1h", "downsample.lag5m"]);
/** From the first compaction that waits to an overlap that the compactor halts on, ms. */
const HALT_AFTER = 3_600_000;

/** Of a cause, what it is the reason of. No two causes explain each other. */
const EXPLAINS: Partial<Readonly<Record<FindingId, Explains>>> = {
  "upload.global": ({ blocks }, { id, blocks: late }) =>
    (LATE.has(id) || id === "upload.cluster-late") && late.length > 0 && late.every((ulid) => blocks.includes(ulid)),
  "upload.cluster-late": ({ labels: cluster }, { id, labels }) =>
    LATE.has(id) && Object.keys(cluster).length > 0 && includesLabels(labels, cluster),
  "upload.late": (late, { id, labels }) => id === "upload.replica-late" && labelsId(labels) === labelsId(late.labels),
  "upload.silent": (silent, { id, labels }) =>
    id !== "upload.silent" && LATE.has(id) && labelsId(labels) === labelsId(silent.labels),
  "labels.volatile": ({ labels: cluster }, { id, labels }) =>
    id === "labels.changed" && Object.keys(cluster).length > 0 && includesLabels(labels, cluster),
  "compactor.will-halt": (halt, finding) =>
    finding.id === "compactor.stalled"
      ? isHaltedBy(halt, finding)
      : (finding.id.startsWith("overlap.") || finding.id === "compactor.lag") && isSameGroup(halt, finding),
  "compactor.stalled": (_, { id }) => UNDONE.has(id),
  "compactor.backlog": (_, { id, severity }) => id !== "compactor.backlog" && UNDONE.has(id) && severity === "warning",
  "compactor.churn": (churn, finding) => finding.id === "compactor.lag" && isSameGroup(churn, finding),
  "retention.misconfig": (_, { id }) => NEVER_MADE.has(id),
  "downsample.missing": ({ blocks }, { id, blocks: short }) =>
    id === "downsample.hole" && short.every((ulid) => blocks.includes(ulid)),
  "compactor.multiple": (_, { id }) => id === "overlap.e-two-compactors" || id === "overlap.a-duplicate",
  "delete.overdue": (_, { id }) => id === "block.delete-stuck",
};

/** Whether one finding is the reason of another, so that one incident tells of both. */
export function explains(cause: Finding, finding: Finding): boolean {
  if (finding.severity === "info") return false;
  return EXPLAINS[cause.id]?.(cause, finding) ?? false;
}

/** A finding with those that it explains. */
export interface Cause {
  readonly finding: Finding;
  readonly swallows: readonly Finding[];
}

/**
 * One incident per cause, worst first: `compactor.will-halt` swallows the overlaps of its group, `upload.cluster-late` the
 * `upload.late` of its streams. Nothing is lost: every finding is a cause or swallowed by one.
 */
export function causesOf(findings: readonly Finding[]): readonly Cause[] {
  const explaining = findings.filter(({ id }) => EXPLAINS[id] !== undefined);
  const swallowedBy = new Map(
    findings.map((finding) => [finding, explaining.find((cause) => explains(cause, finding))]),
  );
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

function isSameGroup(cause: Finding, { groupKey }: Finding): boolean {
  return groupKey !== null && groupKey === cause.groupKey;
}

/** Whether nothing waited before the overlap was there. */
function isHaltedBy({ since }: Finding, { evidence }: Finding): boolean {
  const { eligibleSince } = evidence;
  return (
    since !== null && typeof eligibleSince === "string" && Date.parse(eligibleSince) > Date.parse(since) - HALT_AFTER
  );
}

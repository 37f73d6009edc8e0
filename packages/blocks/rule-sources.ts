import { FINDING_IDS, type FindingId } from "#blocks/finding";

type Project = "thanos" | "prometheus";
/** A file of thanos-io/thanos (0.42.4) or prometheus/prometheus (3.15), or an issue or pull request there. */
type RuleSource = `${Project} ${string}` | `${Project}#${number}`;

const CUT: readonly RuleSource[] = [
  "prometheus tsdb/db.go",
  "prometheus tsdb/head.go",
  "thanos pkg/shipper/shipper.go",
];
const LATE: readonly RuleSource[] = [...CUT, "thanos pkg/receive/multitsdb.go"];
const COMPLETE: readonly RuleSource[] = ["thanos pkg/block/block.go", "thanos#6328"];
const PARTIAL: readonly RuleSource[] = ["thanos pkg/compact/clean.go", "thanos pkg/block/block.go"];
const MARKS: readonly RuleSource[] = ["thanos pkg/block/metadata/markers.go"];
const OVERLAP: readonly RuleSource[] = ["thanos pkg/compact/compact.go", "prometheus tsdb/db.go"];
const PLAN: readonly RuleSource[] = ["thanos pkg/compact/planner.go"];
const RETENTION: readonly RuleSource[] = ["thanos pkg/compact/retention.go"];
const DOWNSAMPLE: readonly RuleSource[] = [
  "thanos cmd/thanos/downsample.go",
  "thanos pkg/compact/downsample/downsample.go",
];
const STATS: readonly RuleSource[] = ["prometheus tsdb/block.go"];
const LABELS: readonly RuleSource[] = ["thanos pkg/block/metadata/meta.go"];

const SOURCES: Readonly<Record<FindingId, readonly RuleSource[]>> = {
  "upload.late": LATE,
  "upload.cluster-late": LATE,
  "upload.replica-late": LATE,
  "upload.global": [...LATE, "thanos#317"],
  "upload.expected-missing": ["thanos cmd/thanos/sidecar.go", ...CUT],
  "upload.silent": [...LATE, "thanos#317"],
  "upload.slow": ["thanos pkg/shipper/shipper.go", "thanos pkg/block/block.go"],
  "upload.cut-late": ["prometheus tsdb/db.go", "prometheus tsdb/head.go"],
  "upload.out-of-order": ["thanos pkg/shipper/shipper.go", "thanos#2753", "thanos#1670"],
  "upload.gap": [...CUT, "thanos#4226"],
  "upload.hole-inside": ["prometheus tsdb/compact.go", ...PLAN],
  "upload.volume-drop": STATS,
  "clock.skew": ["prometheus tsdb/compact.go", "thanos pkg/block/block.go", "thanos#997"],
  "block.incomplete": [...COMPLETE, "thanos#7234"],
  "block.size-mismatch": COMPLETE,
  "block.archived": ["thanos pkg/block/fetcher.go"],
  "block.partial": [...PARTIAL, "thanos#2459"],
  "block.meta-corrupt": ["thanos pkg/block/fetcher.go", ...PARTIAL],
  "block.version": ["thanos pkg/block/metadata/meta.go", ...MARKS],
  "block.no-labels": ["thanos pkg/block/block.go", "thanos#3904"],
  "block.orphan-mark": ["thanos pkg/verifier/safe_delete.go", ...PARTIAL],
  "block.delete-stuck": [...PARTIAL, "thanos#8410"],
  "block.empty": ["thanos pkg/shipper/shipper.go", "thanos#904"],
  "block.range": [...PLAN, "thanos#263"],
  "block.header": ["prometheus tsdb/index/index.go", "prometheus tsdb/chunks/chunks.go"],
  "bucket.junk": ["thanos pkg/block/block.go", "thanos pkg/compact/clean.go"],
  "overlap.a-duplicate": ["thanos pkg/block/fetcher.go", "thanos#9042"],
  "overlap.b-ooo": [...OVERLAP, "thanos#7551"],
  "overlap.c-same-labels": [...OVERLAP, "thanos docs/operating/troubleshooting.md", "thanos#1089"],
  "overlap.d-late-upload": [...OVERLAP, "thanos#2753"],
  "overlap.e-two-compactors": [...OVERLAP, "thanos#7183", "thanos#9042"],
  "overlap.f-manual": [...OVERLAP, "thanos cmd/thanos/tools_bucket.go"],
  "overlap.g-local-compaction": [...OVERLAP, "thanos cmd/thanos/sidecar.go"],
  "overlap.h-downsampled": [...PLAN, "thanos#6775"],
  "overlap.i-restart": [...OVERLAP, "thanos#726"],
  "compactor.stalled": ["thanos cmd/thanos/compact.go", ...PLAN],
  "compactor.lag": [...PLAN, "thanos pkg/block/fetcher.go"],
  "compactor.backlog": ["thanos pkg/compact/compact.go", ...PLAN, "thanos docs/operating/compactor-backlog.md"],
  "compactor.will-halt": ["thanos pkg/compact/compact.go", "thanos cmd/thanos/compact.go"],
  "compactor.index-limit": [...PLAN, "thanos#1424"],
  "compactor.multiple": ["thanos pkg/block/fetcher.go", "thanos#7183", "thanos#9042"],
  "compactor.no-compact-mark": [...MARKS, ...PLAN, "thanos#4916"],
  "compactor.churn": [...PLAN, "thanos pkg/compact/compact.go"],
  "compactor.sync-risk": ["thanos cmd/thanos/compact.go", "thanos pkg/block/fetcher.go", "thanos#8765"],
  "delete.overdue": ["thanos pkg/compact/blocks_cleaner.go", "thanos cmd/thanos/compact.go", "thanos#7464"],
  "delete.uncovered": ["thanos pkg/block/fetcher.go", ...MARKS],
  "delete.marked-fresh": MARKS,
  "cost.marked-bytes": MARKS,
  "retention.overdue": [...RETENTION, "thanos cmd/thanos/compact.go", "thanos#5058"],
  "retention.misconfig": [...RETENTION, ...DOWNSAMPLE, "thanos#3749"],
  "retention.expires-undownsampled": [...RETENTION, ...DOWNSAMPLE],
  "downsample.lag5m": DOWNSAMPLE,
  "downsample.lag1h": DOWNSAMPLE,
  "downsample.missing": DOWNSAMPLE,
  "downsample.hole": [...DOWNSAMPLE, "thanos#3711"],
  "downsample.stranded": [...DOWNSAMPLE, "thanos#1555", "thanos#2413"],
  "downsample.marked": [...MARKS, "thanos cmd/thanos/downsample.go"],
  "labels.changed": [...LABELS, "thanos pkg/shipper/shipper.go", "thanos#5241"],
  "labels.volatile": [...LABELS, "thanos#5908"],
  "labels.schema": LABELS,
  "labels.cardinality": [...LABELS, "thanos pkg/compact/compact.go"],
  "ha.asymmetric": STATS,
};

/** What upstream does, and what was seen there, that the rule of this finding rests on; nothing where there is no such finding. */
export function sourcesOf(id: string): readonly RuleSource[] {
  const known = FINDING_IDS.find((one) => one === id);
  return known === undefined ? [] : SOURCES[known];
}

import { blockArchived } from "#blocks/checks/block-archived";
import { blockDeleteStuck } from "#blocks/checks/block-delete-stuck";
import { blockEmpty } from "#blocks/checks/block-empty";
import { blockHeader } from "#blocks/checks/block-header";
import { blockIncomplete } from "#blocks/checks/block-incomplete";
import { blockMetaCorrupt } from "#blocks/checks/block-meta-corrupt";
import { blockNoLabels } from "#blocks/checks/block-no-labels";
import { blockOrphanMark } from "#blocks/checks/block-orphan-mark";
import { blockPartial } from "#blocks/checks/block-partial";
import { blockRange } from "#blocks/checks/block-range";
import { blockSizeMismatch } from "#blocks/checks/block-size-mismatch";
import { blockVersion } from "#blocks/checks/block-version";
import { bucketJunk } from "#blocks/checks/bucket-junk";
import { clockSkew } from "#blocks/checks/clock-skew";
import { compactorBacklog } from "#blocks/checks/compactor-backlog";
import { compactorChurn } from "#blocks/checks/compactor-churn";
import { compactorIndexLimit } from "#blocks/checks/compactor-index-limit";
import { compactorLag } from "#blocks/checks/compactor-lag";
import { compactorMultiple } from "#blocks/checks/compactor-multiple";
import { compactorNoCompactMark } from "#blocks/checks/compactor-no-compact-mark";
import { compactorStalled } from "#blocks/checks/compactor-stalled";
import { compactorSyncRisk } from "#blocks/checks/compactor-sync-risk";
import { compactorWillHalt } from "#blocks/checks/compactor-will-halt";
import { costMarkedBytes } from "#blocks/checks/cost-marked-bytes";
import { deleteMarkedFresh } from "#blocks/checks/delete-marked-fresh";
import { deleteOverdue } from "#blocks/checks/delete-overdue";
import { deleteUncovered } from "#blocks/checks/delete-uncovered";
import { downsampleHole } from "#blocks/checks/downsample-hole";
import { downsampleLag1h, downsampleLag5m } from "#blocks/checks/downsample-lag";
import { downsampleMarked } from "#blocks/checks/downsample-marked";
import { downsampleMissing } from "#blocks/checks/downsample-missing";
import { downsampleStranded } from "#blocks/checks/downsample-stranded";
import { haAsymmetric } from "#blocks/checks/ha-asymmetric";
import { labelsCardinality } from "#blocks/checks/labels-cardinality";
import { labelsChanged } from "#blocks/checks/labels-changed";
import { labelsSchema } from "#blocks/checks/labels-schema";
import { labelsVolatile } from "#blocks/checks/labels-volatile";
import { overlap } from "#blocks/checks/overlap";
import { overlapDuplicate } from "#blocks/checks/overlap-duplicate";
import { retentionExpiresUndownsampled } from "#blocks/checks/retention-expires-undownsampled";
import { retentionMisconfig } from "#blocks/checks/retention-misconfig";
import { retentionOverdue } from "#blocks/checks/retention-overdue";
import { uploadClusterLate } from "#blocks/checks/upload-cluster-late";
import { uploadCutLate } from "#blocks/checks/upload-cut-late";
import { uploadExpectedMissing } from "#blocks/checks/upload-expected-missing";
import { uploadGap } from "#blocks/checks/upload-gap";
import { uploadGlobal } from "#blocks/checks/upload-global";
import { uploadHoleInside } from "#blocks/checks/upload-hole-inside";
import { uploadLate } from "#blocks/checks/upload-late";
import { uploadOutOfOrder } from "#blocks/checks/upload-out-of-order";
import { uploadReplicaLate } from "#blocks/checks/upload-replica-late";
import { uploadSilent } from "#blocks/checks/upload-silent";
import { uploadSlow } from "#blocks/checks/upload-slow";
import { uploadVolumeDrop } from "#blocks/checks/upload-volume-drop";
import type { Check } from "#blocks/model";

/** The catalogue, in its order. */
export const CHECKS: readonly Check[] = [
  uploadLate,
  uploadClusterLate,
  uploadReplicaLate,
  uploadGlobal,
  uploadExpectedMissing,
  uploadSilent,
  uploadSlow,
  uploadCutLate,
  uploadOutOfOrder,
  uploadGap,
  uploadHoleInside,
  uploadVolumeDrop,
  clockSkew,
  blockIncomplete,
  blockSizeMismatch,
  blockArchived,
  blockPartial,
  blockMetaCorrupt,
  blockVersion,
  blockNoLabels,
  blockOrphanMark,
  blockDeleteStuck,
  blockEmpty,
  blockRange,
  blockHeader,
  bucketJunk,
  overlapDuplicate,
  overlap,
  compactorStalled,
  compactorLag,
  compactorBacklog,
  compactorWillHalt,
  compactorIndexLimit,
  compactorMultiple,
  compactorNoCompactMark,
  compactorChurn,
  compactorSyncRisk,
  deleteOverdue,
  deleteUncovered,
  deleteMarkedFresh,
  costMarkedBytes,
  retentionOverdue,
  retentionMisconfig,
  retentionExpiresUndownsampled,
  downsampleLag5m,
  downsampleLag1h,
  downsampleMissing,
  downsampleHole,
  downsampleStranded,
  downsampleMarked,
  labelsChanged,
  labelsVolatile,
  labelsSchema,
  labelsCardinality,
  haAsymmetric,
];

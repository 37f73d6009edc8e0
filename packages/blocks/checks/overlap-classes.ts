import type { FindingId } from "#blocks/finding";
import type { OverlapClass } from "#blocks/groups/overlap-class";
import type { BucketModel } from "#blocks/model";
import { command, markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";

/** What is told of one class of overlaps. */
export interface OverlapText {
  readonly id: Extract<FindingId, `overlap.${string}`>;
  /** What it looks like, in one sentence. */
  readonly cause: string;
  readonly remedy: (model: BucketModel) => string;
}

/** A placeholder that no shell takes: which block to give up is never ours to say, and commands get pasted. */
const CHOSEN = "<ULID>";
const STOP = "Stop the compactor (it may need SIGKILL).";
const START = "Start the compactor again: a halted one does not recover by itself.";
const ALLOW = "--compact.enable-vertical-compaction";

/** From the choice of a block to a compactor that works again. */
function giveUp(
  model: BucketModel,
  { which, details }: { readonly which: string; readonly details: string },
): string[] {
  return [
    STOP,
    `${which} Copy each that you give up out of the bucket; its samples are lost otherwise:${backUp(model, CHOSEN)}`,
    `Mark each of them for deletion:${markForDeletion(CHOSEN, details)}`,
    markTakesTime(model),
    START,
  ];
}

export const OVERLAPS: Readonly<Record<OverlapClass, OverlapText>> = {
  "b-ooo": {
    id: "overlap.b-ooo",
    cause: "One of each was made from out-of-order or stale samples.",
    remedy: () =>
      steps(
        "The producer takes out-of-order samples (Prometheus with out_of_order_time_window, or Receive, which always does). That is no fault: its blocks overlap by nature, and nothing need be deleted.",
        `Run the compactor with ${ALLOW}. It merges such blocks then, which cannot be undone. First see that no two producers share external labels (no overlap.c-same-labels): it would merge those too.`,
        "Restart the compactor; a halted one may need SIGKILL.",
      ),
  },
  "c-same-labels": {
    id: "overlap.c-same-labels",
    cause:
      "Blocks of the same time and labels have different contents: two producers upload under the same external labels.",
    remedy: (model) =>
      steps(
        `Find the second producer: another Prometheus, or a second replica, with these external labels.${command("kubectl get prometheus --all-namespaces -o yaml | grep -A8 -e externalLabels -e replicaExternalLabelName")}`,
        `Give one of them a replica label of its own, before anything else: else the overlap comes back with every block. Do not turn ${ALLOW} on: it merges two different Prometheus into one, for good.`,
        ...giveUp(model, {
          which:
            "Choose in each window which block to keep: the evidence has samples, series and upload time of each. Only you can know which producer is the right one.",
          details: "two producers with the same labels",
        }),
      ),
  },
  "d-late-upload": {
    id: "overlap.d-late-upload",
    cause: "A head lies within a block that was compacted without it: it was uploaded late, or copied in.",
    remedy: (model) =>
      steps(
        "Compare the samples in the evidence: a replica that was merged, or a second upload of the same head, may have them already. See also whether the producer runs with --shipper.allow-out-of-order-uploads: take that off, or this comes back.",
        `If the samples are wanted: run the compactor once with ${ALLOW}, after you have seen that no group has an overlap of another class. It merges the late block in, which cannot be undone. Then take the flag off again.`,
        "If they are not, give the late block up. That loses its samples, and no others:",
        ...giveUp(model, { which: "It is the one of level 1 in each window.", details: "late upload" }),
      ),
  },
  "e-two-compactors": {
    id: "overlap.e-two-compactors",
    cause: "Compacted blocks have some of their sources in common: two compactors work on this stream.",
    remedy: (model) =>
      steps(
        "See how many compactors work on this bucket (ThanosCompactMultipleRunning), and that each stream belongs to exactly one of them by its relabel config. Stop all but one; one alone does this too when it works on a stale listing (thanos#9042).",
        "Do not merge them with vertical compaction: they hold the same samples twice, and the sources that they do not share once.",
        ...giveUp(model, {
          which:
            "Keep in each window the block with the most sources, unless another has one that it lacks: then keep both, and merge them once the shared ones are gone.",
          details: "made by a second compactor",
        }),
      ),
  },
  "f-manual": {
    id: "overlap.f-manual",
    cause: "One of each was put there by a `thanos tools bucket` command, and the other is still there.",
    remedy: (model) =>
      steps(
        "If it was a rewrite, --delete-blocks was forgotten: the original is the one to give up, once you have seen that the rewritten block is as it should be. If it was an upload by hand, one of the two is too many.",
        ...giveUp(model, {
          which: "The evidence names the source of each block.",
          details: "replaced by hand",
        }),
      ),
  },
  "g-local-compaction": {
    id: "overlap.g-local-compaction",
    cause: "A producer uploaded a block that it had compacted itself.",
    remedy: (model) =>
      steps(
        "Turn the compaction of that Prometheus off: --storage.tsdb.min-block-duration=2h and --storage.tsdb.max-block-duration=2h (the Prometheus Operator does so when a sidecar has a bucket), or the file of --storage.tsdb.delay-compact-file.path. Take --shipper.upload-compacted off.",
        ...giveUp(model, {
          which:
            "Give up the producer's compacted block where the bucket has all of the time from heads; keep it where they have a hole.",
          details: "compacted by its producer",
        }),
      ),
  },
  "h-downsampled": {
    id: "overlap.h-downsampled",
    cause: "The blocks are downsampled, and such are never merged.",
    remedy: (model) =>
      steps(
        "See that only one compactor (and no `thanos tools bucket downsample`) downsamples this stream.",
        ...giveUp(model, {
          which:
            "Keep in each window the block with the most sources. What you give up of 5 m the compactor makes anew from raw blocks that are there, and of 1 h from those of 5 m; what retention has deleted it cannot.",
          details: "downsampled twice",
        }),
      ),
  },
  "i-restart": {
    id: "overlap.i-restart",
    cause: "A short head begins where another does: the producer lost its disk at a restart.",
    remedy: (model) =>
      steps(
        "Give the producer a persistent volume, or this comes back with each restart.",
        `If both blocks are wanted: run the compactor once with ${ALLOW}, after you have seen that no group has an overlap of another class. It merges them, which cannot be undone. Then take the flag off again.`,
        "If not, give the shorter up:",
        ...giveUp(model, { which: "The evidence has times and samples of each.", details: "restart without disk" }),
      ),
  },
};

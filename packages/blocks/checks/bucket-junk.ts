import type { ForeignKind, ForeignObjects } from "#blocks/bucket/foreign";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { abortUploads, inBucket } from "#blocks/remedy-store";
import { age, count, counted, instant } from "#blocks/text";

const EXAMPLES = 5;

/**
 * `bucket.junk`: objects that belong to no block, and multipart uploads that were begun more than 2 d ago and never ended.
 * Says nothing of what was not listed.
 */
export function bucketJunk(model: BucketModel): readonly Finding[] {
  const { foreign = [], uploads = [], now, settings } = model;
  const stale = uploads.filter(({ initiated }) => now - initiated > settings.thresholds.incompleteUpload);
  return foreign.length + stale.length === 0 ? [] : [finding({ foreign, stale, model })];
}

type Uploads = NonNullable<BucketModel["uploads"]>;

interface Junk {
  readonly foreign: readonly ForeignObjects[];
  readonly stale: Uploads;
  readonly model: BucketModel;
}

function finding({ foreign, stale, model }: Junk): Finding {
  const objects = foreign.reduce((sum, one) => sum + one.objects, 0);
  const bytes = foreign.reduce((sum, one) => sum + one.bytes, 0);
  const oldest = stale.reduce((first, { initiated }) => Math.min(first, initiated), model.now);
  const held = [
    ...(objects === 0
      ? []
      : [`${counted(objects, "object")} that ${objects === 1 ? "belongs" : "belong"} to no block`]),
    ...(stale.length === 0
      ? []
      : [
          `${counted(stale.length, "multipart upload")} begun more than ${age(model.settings.thresholds.incompleteUpload)} ago and never ended`,
        ]),
  ];
  return {
    id: "bucket.junk",
    severity: "info",
    summary: `The bucket holds ${held.join(", and ")}.`,
    labels: {},
    groupKey: null,
    blocks: [],
    since: null,
    evidence: {
      objects,
      bytes,
      kinds: foreign.map((one) => ({
        kind: one.kind,
        objects: one.objects,
        bytes: one.bytes,
        newest: instant(one.newest),
        examples: one.examples.slice(0, EXAMPLES),
      })),
      ...(stale.length > 0 && {
        incompleteUploads: stale.length,
        oldestUpload: instant(oldest),
        uploads: stale.slice(0, EXAMPLES).map(({ key, initiated }) => ({ object: key, begun: instant(initiated) })),
      }),
    },
    consequence: consequenceOf(foreign, stale),
    remedy: remedyOf(foreign, stale, model),
  };
}

const EFFECT: Readonly<Record<ForeignKind, string>> = {
  "debug-meta": "Old Thanos wrote debug/metas, and no Thanos reads or deletes it.",
  "shipper-state":
    "thanos.shipper.json belongs on a producer's disk: somebody copied a whole TSDB directory, perhaps with blocks that lack external labels.",
  "phantom-block":
    "Thanos takes each phantom directory for a block and looks for it under another name, so its samples are in no query, and it counts as a partial upload for ever.",
  "empty-directory":
    "Thanos before 0.42 never deletes the markers of empty block directories; they cost a request each time it lists.",
  other: "Each object is one more in every listing.",
};

function consequenceOf(foreign: readonly ForeignObjects[], stale: Uploads): string {
  const effects = foreign.map(({ kind }) => EFFECT[kind]);
  const parts =
    stale.length === 0
      ? []
      : ["The parts of an upload that never ended are billed, and no listing of objects shows them."];
  return [...effects, ...parts, "No query and no compaction of other blocks is concerned."].join(" ");
}

function remedyOf(foreign: readonly ForeignObjects[], stale: Uploads, model: BucketModel): string {
  const phantom = foreign.find(({ kind }) => kind === "phantom-block");
  const examples = foreign.flatMap((one) => one.examples.slice(0, 1));
  return steps(
    ...(foreign.length === 0
      ? []
      : [
          `Find out whose they are (${examples.map((key) => inBucket(model, key)).join(", ")}), and move what is wanted out of the blocks' prefix.`,
        ]),
    ...(phantom === undefined
      ? []
      : ["Rename a directory in lower case to its ULID in capitals if its meta.json names that, else copy it away."]),
    ...(foreign.length === 0 ? [] : ["Delete the rest with the store's own tools; no tool of Thanos's does."]),
    ...(stale.length === 0
      ? []
      : [
          `Let the store abort such uploads by itself, ${count(2)} days after they began. An upload that still runs after that is cut off. This replaces the bucket's lifecycle rules, so add to what is there:${abortUploads(model)}`,
        ]),
  );
}

import type { Block, MetaState } from "#blocks/block/block";
import { isUlid } from "#blocks/block/ulid";
import { META_FILE } from "#blocks/bucket/directories";
import { listedFiles, newestWrite, PARTIAL_DELETED_AFTER } from "#blocks/checks/partial";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { markForDeletion, removeMark, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

export type Corrupt = Extract<MetaState, { readonly kind: "corrupt" }>;

/** A block with a meta.json that the audit cannot use. */
export interface Unusable {
  readonly block: Block;
  readonly state: Corrupt;
}

export function unusableMetas(model: BucketModel): readonly Unusable[] {
  return blocksWith(model.parts, isCorrupt).flatMap((block) =>
    block.state.kind === "corrupt" ? [{ block, state: block.state }] : [],
  );
}

function isCorrupt({ state }: Block): boolean {
  return state.kind === "corrupt";
}

const VERSIONS = new Set(["version", "thanos.version"]);

/** Whether nothing is wrong with it but its version: `block.version`, and else `block.meta-corrupt`. */
export function isOfOtherVersion({ state: { problems } }: Unusable): boolean {
  return problems.length > 0 && problems.every(({ field, value }) => VERSIONS.has(field) && typeof value === "number");
}

/** What is told of it under either id. */
export function unusableFinding({ block, state }: Unusable, model: BucketModel): Omit<Finding, "id"> {
  const { ulid, files } = block;
  const { problems, effect } = state;
  const [first] = problems;
  const written = files.get(META_FILE)?.lastModified;
  return {
    severity: "critical",
    summary: `${ulid}/meta.json cannot be used: ${first === undefined ? "no reason known" : `${first.field}: ${first.remedy}`}.`,
    labels: {},
    groupKey: null,
    blocks: [ulid],
    since: written === undefined ? null : instant(written),
    evidence: {
      problems,
      metaBytes: files.get(META_FILE)?.size ?? null,
      files: listedFiles(block),
      ...(effect === "partial" && { deletableFrom: deletableFrom(block) }),
    },
    consequence: consequenceOf(block, state),
    remedy: remedyOf(ulid, state, model),
  };
}

function deletableFrom(block: Block): string {
  return instant(newestWrite(block) + PARTIAL_DELETED_AFTER);
}

/** The ULID in meta.json, where that is what is wrong. */
function otherUlid({ problems }: Corrupt): string | undefined {
  const wrong = problems.find(({ field }) => field === "ulid")?.value;
  return typeof wrong === "string" && isUlid(wrong) ? wrong : undefined;
}

/** Measured with Thanos 0.42.4. */
function consequenceOf(block: Block, state: Corrupt): string {
  const other = otherUlid(state);
  if (state.effect === "partial") {
    return `Thanos does not load the block: its samples are missing from queries and from compaction. It counts it as a partial upload, and the compactor deletes it for good from ${deletableFrom(block)} on (48 h after the last write).`;
  }
  if (state.effect === "refused") {
    return 'Thanos takes version 1 only, and does not pass the block over: each time the compactor looks at the bucket it fails with "unexpected meta file". Compaction, downsampling, retention and deletion stop for every stream for as long as this object is there. `thanos tools bucket` ls, verify and cleanup fail too. Nothing deletes the block, and its samples are missing from queries.';
  }
  if (other !== undefined) {
    return `Thanos does not check this: it takes the block for ${other}. If that one is in the bucket too, the compactor marks it for deletion in place of this copy, and halts once it has compacted the two; if it is not, every compaction of the block fails.`;
  }
  return "Thanos does not check this: it loads the block as meta.json says, and nothing deletes it. The audit judges nothing else of it, so an overlap with it, at which the compactor halts, goes unseen.";
}

function remedyOf(ulid: string, state: Corrupt, model: BucketModel): string {
  const other = otherUlid(state);
  const restore = "Put meta.json back from an earlier version of the object, or from a copy of the bucket.";
  if (state.effect === "partial") {
    return steps(
      `Copy it now, before the compactor deletes it:${backUp(model, ulid)}`,
      restore,
      `Or, while the producer still has <data>/${ulid} on its disk: delete the directory from the bucket, take ${ulid} off <data>/thanos.shipper.json, and its sidecar uploads the block anew within a minute.`,
    );
  }
  const copy = `Copy it out of the bucket:${backUp(model, ulid)}`;
  if (state.effect === "loaded" && other !== undefined) {
    return steps(
      "Stop the compactor.",
      copy,
      `If ${other} is in the bucket, this is a copy of it: delete the directory ${ulid}. If ${other} has a mark "outdated block", it has it because of the copy; take it off:${removeMark(other)}`,
      `If it is not, the directory was renamed: write ${ulid} into its meta.json as "ulid".`,
      "Start the compactor again.",
    );
  }
  if (state.effect === "refused") {
    return steps(
      copy,
      restore,
      `If a later Thanos wrote it, bring the compactor to that version. Otherwise delete the directory ${ulid} from the bucket; a deletion mark does not help.`,
    );
  }
  return steps(copy, restore, `Or give the block up:${markForDeletion(ulid, "wrong meta.json")}`);
}

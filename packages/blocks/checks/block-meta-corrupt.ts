import type { Block } from "#blocks/block";
import { listedFiles, newestWrite, PARTIAL_DELETED_AFTER } from "#blocks/checks/partial";
import { META_FILE } from "#blocks/directories";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { backUp, steps } from "#blocks/remedy";
import { instant } from "#blocks/text";
import type { Problem } from "#config/schema";

/** `block.meta-corrupt`: a meta.json that cannot be read, or that is of another block (B4, B5 of blocks.md 1.4). */
export function blockMetaCorrupt(model: BucketModel): readonly Finding[] {
  return model.blocks.flatMap((block) => {
    const { state } = block;
    return state.kind === "corrupt" ? [finding(block, state.problems, model)] : [];
  });
}

function finding(block: Block, problems: readonly Problem[], model: BucketModel): Finding {
  const { ulid, files } = block;
  const [first] = problems;
  const written = files.get(META_FILE)?.lastModified;
  const deletedAt = newestWrite(block) + PARTIAL_DELETED_AFTER;
  return {
    id: "block.meta-corrupt",
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
      deletableFrom: instant(deletedAt),
    },
    consequence: `Thanos does not load the block: its samples are missing from queries and from compaction. It counts it as a partial upload, and the compactor deletes it for good from ${instant(deletedAt)} on (48 h after the last write).`,
    remedy: steps(
      `Copy it now, before the compactor deletes it:${backUp(model, ulid)}`,
      `Put meta.json back from an earlier version of the object, or from a copy of the bucket.`,
      `Or, while the producer still has <data>/${ulid} on its disk: delete the directory from the bucket, take ${ulid} off <data>/thanos.shipper.json, and its sidecar uploads the block anew within a minute.`,
    ),
  };
}

import {
  type BrokenBlock,
  blockEvidence,
  blocksWithFiles,
  brokenConsequence,
  brokenRemedy,
} from "#blocks/checks/broken-files";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { counted } from "#blocks/text";

const NAMED = 3;

/** `block.incomplete`: a file that meta.json lists is not in the bucket (B1, B2 of blocks.md 1.4). Thanos does not look. */
export function blockIncomplete(model: BucketModel): readonly Finding[] {
  return blocksWithFiles(model, ({ files }, { path }) => !files.has(path)).map((broken) => finding(broken, model));
}

function finding(broken: BrokenBlock, model: BucketModel): Finding {
  const { block, files } = broken;
  const { ulid, meta } = block;
  const named = files.slice(0, NAMED).map(({ path }) => path);
  const more = files.length > NAMED ? ` and ${files.length - NAMED} more` : "";
  return {
    id: "block.incomplete",
    severity: "critical",
    summary: `${counted(files.length, "file")} of ${meta.files.length} of this block ${files.length === 1 ? "is" : "are"} not in the bucket: ${named.join(", ")}${more}.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: null,
    evidence: { missing: files.map(({ path }) => `${ulid}/${path}`), ...blockEvidence(block) },
    consequence: brokenConsequence(broken),
    remedy: brokenRemedy(model, broken),
  };
}

import {
  type BrokenBlock,
  blockEvidence,
  blocksWithFiles,
  brokenConsequence,
  brokenFiles,
  brokenRemedy,
  FILES_LISTED,
} from "#blocks/checks/broken-files";
import type { Finding } from "#blocks/finding";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { counted, firstOf } from "#blocks/text";

const MISSING = brokenFiles(({ files }, { path }) => !files.has(path));

/** `block.incomplete`: a file that meta.json lists is not in the bucket. Thanos does not look. */
export function blockIncomplete(model: BucketModel): readonly Finding[] {
  return blocksWithFiles(model, MISSING).map((broken) => finding(broken, model));
}

function finding(broken: BrokenBlock, model: BucketModel): Finding {
  const { block, files } = broken;
  const { ulid, meta } = block;
  const named = firstOf(files.map(({ path }) => path));
  return {
    id: "block.incomplete",
    severity: "critical",
    summary: `${counted(files.length, "file")} of ${meta.files.length} of this block ${files.length === 1 ? "is" : "are"} not in the bucket: ${named}.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: null,
    evidence: {
      missingFiles: files.length,
      missing: files.slice(0, FILES_LISTED).map(({ path }) => `${ulid}/${path}`),
      ...blockEvidence(block),
    },
    consequence: brokenConsequence(broken),
    remedy: brokenRemedy(model, broken),
  };
}

import type { ReadableBlock } from "#blocks/block/block";
import { META_FILE } from "#blocks/bucket/directories";
import type { WrongHeader } from "#blocks/bucket/headers";
import { blockEvidence, brokenConsequence, brokenRemedy } from "#blocks/checks/broken-files";
import type { Finding } from "#blocks/finding";
import { isIgnoredByMark } from "#blocks/groups/filters";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { firstOf, instant } from "#blocks/text";

/**
 * `block.header`: a file of a sampled block has the right size and not the first bytes, or the table of contents, of its
 * format: overwritten, or zeros. Says nothing of blocks that were not sampled.
 */
export function blockHeader(model: BucketModel): readonly Finding[] {
  const { headers } = model;
  if (headers === undefined) return [];
  return model.readable.flatMap((block) => {
    const wrong = headers.get(block.ulid) ?? [];
    return wrong.length === 0 || isIgnoredByMark(block, model) ? [] : [finding(block, wrong, model)];
  });
}

const SAID: Readonly<Record<WrongHeader["part"], string>> = {
  magic: "does not begin as its format does",
  version: "has a version that no Thanos reads",
  toc: "has no table of contents at its end, or one with a wrong checksum",
};

function finding(block: ReadableBlock, wrong: readonly WrongHeader[], model: BucketModel): Finding {
  const { ulid, meta } = block;
  const paths = new Set(wrong.map(({ path }) => path));
  const broken = { block, files: meta.files.filter(({ path }) => paths.has(path)) };
  const written = block.files.get(META_FILE)?.lastModified;
  return {
    id: "block.header",
    severity: "critical",
    summary: `${firstOf(wrong.map(({ path, part }) => `${ulid}/${path} ${SAID[part]}`))}.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: written === undefined ? null : instant(written),
    evidence: {
      wrongFiles: paths.size,
      files: wrong.map(({ path, part, found }) => ({ object: `${ulid}/${path}`, part, bytes: found })),
      ...blockEvidence(block),
    },
    consequence: brokenConsequence(broken),
    remedy: brokenRemedy(model, broken),
  };
}

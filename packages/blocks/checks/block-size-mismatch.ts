import type { ReadableBlock } from "#blocks/block";
import {
  type BrokenBlock,
  blockEvidence,
  blocksWithFiles,
  brokenConsequence,
  brokenRemedy,
} from "#blocks/checks/broken-files";
import type { Finding } from "#blocks/finding";
import type { BlockFile } from "#blocks/meta";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { count, instant } from "#blocks/text";

/** `block.size-mismatch`: a file has another size than meta.json says (B3): cut, or replaced. */
export function blockSizeMismatch(model: BucketModel): readonly Finding[] {
  return blocksWithFiles(model, hasOtherSize).map((broken) => finding(broken, model));
}

function hasOtherSize({ files }: ReadableBlock, { path, size }: BlockFile): boolean {
  const file = files.get(path);
  return file !== undefined && size !== null && file.size !== size;
}

function finding(broken: BrokenBlock, model: BucketModel): Finding {
  const { block, files } = broken;
  const { ulid, meta } = block;
  const sizes = files.map(({ path, size }) => ({
    object: `${ulid}/${path}`,
    expectedBytes: size ?? 0,
    actualBytes: block.files.get(path)?.size ?? 0,
  }));
  const said = sizes.map(
    (file) => `${file.object} has ${count(file.actualBytes)} bytes, not ${count(file.expectedBytes)}`,
  );
  const written = files.map(({ path }) => block.files.get(path)?.lastModified ?? 0);
  return {
    id: "block.size-mismatch",
    severity: "critical",
    summary: `${said[0]}${said.length > 1 ? `, and ${said.length - 1} more files differ` : ""}; meta.json gives the size.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: instant(Math.max(...written)),
    evidence: { files: sizes, ...blockEvidence(block) },
    consequence: brokenConsequence(broken),
    remedy: brokenRemedy(model, broken),
  };
}

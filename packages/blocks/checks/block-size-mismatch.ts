import type { Block } from "#blocks/block/block";
import type { BlockFile } from "#blocks/block/meta";
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
import { count, firstOf, instant } from "#blocks/text";

/** `block.size-mismatch`: a file has another size than meta.json says (B3): cut, or replaced. */
export function blockSizeMismatch(model: BucketModel): readonly Finding[] {
  return blocksWithFiles(model, OTHER_SIZE).map((broken) => finding(broken, model));
}

const OTHER_SIZE = brokenFiles(hasOtherSize);

function hasOtherSize({ files }: Block, { path, size }: BlockFile): boolean {
  const file = files.get(path);
  return file !== undefined && size !== null && file.size !== size;
}

function finding(broken: BrokenBlock, model: BucketModel): Finding {
  const { block, files } = broken;
  const { ulid, meta } = block;
  const rows = files.slice(0, FILES_LISTED).map(({ path, size }) => ({
    object: `${ulid}/${path}`,
    expectedBytes: size ?? 0,
    actualBytes: block.files.get(path)?.size ?? 0,
  }));
  const said = rows.map((row) => `${row.object} has ${count(row.actualBytes)} bytes, not ${count(row.expectedBytes)}`);
  const written = files.reduce((last, { path }) => Math.max(last, block.files.get(path)?.lastModified ?? 0), 0);
  return {
    id: "block.size-mismatch",
    severity: "critical",
    summary: `${firstOf(said)}; meta.json gives the sizes.`,
    labels: meta.labels,
    groupKey: groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: instant(written),
    evidence: { wrongFiles: files.length, files: rows, ...blockEvidence(block) },
    consequence: brokenConsequence(broken),
    remedy: brokenRemedy(model, broken),
  };
}

import type { Block, RefusedMark } from "#blocks/block/block";
import { DELETION_MARK, NO_DOWNSAMPLE_MARK } from "#blocks/block/marks";
import { isOfOtherVersion, unusableFinding, unusableMetas } from "#blocks/checks/unusable-meta";
import type { Finding } from "#blocks/finding";
import { isIgnoredByMark } from "#blocks/groups/filters";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { removeMark, steps } from "#blocks/remedy";
import { instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

/**
 * `block.version`: a meta.json or a mark of a version that Thanos does not take. Left out are the marks that the compactor does
 * not come to read: of a directory that it takes for a partial upload, and others than deletion marks of a block that it passes
 * over.
 */
export function blockVersion(model: BucketModel): readonly Finding[] {
  const metas = unusableMetas(model).filter(isOfOtherVersion);
  return [...metas.map((one): Finding => ({ id: "block.version", ...unusableFinding(one, model) })), ...marksOf(model)];
}

function marksOf(model: BucketModel): readonly Finding[] {
  const refused = blocksWith(model.parts, hasRefusedMarks);
  if (refused.length === 0) return [];
  const seen = new Set(model.groups.flatMap(({ blocks }) => blocks.map(({ ulid }) => ulid)));
  return refused.flatMap((block) =>
    block.refusedMarks
      .filter((mark) => isRead(mark, block, { seen, model }))
      .map((mark) => finding(mark, block, model)),
  );
}

function hasRefusedMarks({ refusedMarks }: Block): boolean {
  return refusedMarks.length > 0;
}

function isRead(
  { file }: RefusedMark,
  block: Block,
  { seen, model }: { readonly seen: ReadonlySet<string>; readonly model: BucketModel },
): boolean {
  const { state, ulid } = block;
  if (state.kind === "absent" || state.kind === "archived" || (state.kind === "corrupt" && state.effect !== "loaded"))
    return false;
  if (file === DELETION_MARK) return true;
  if (file === NO_DOWNSAMPLE_MARK && !model.settings.downsampling) return false;
  return state.kind === "ok" ? seen.has(ulid) : !isIgnoredByMark(block, model);
}

function finding({ file, version }: RefusedMark, { ulid, files, state }: Block, model: BucketModel): Finding {
  const written = files.get(file)?.lastModified;
  const meta = state.kind === "ok" ? state.meta : undefined;
  const kind = file.replace(/\.json$/, "");
  return {
    id: "block.version",
    severity: "critical",
    summary: `${ulid}/${file} has version ${version}; Thanos takes version 1 only.`,
    labels: meta?.labels ?? {},
    groupKey: meta === undefined ? null : groupKeyFor(meta.resolution, meta.labels, model),
    blocks: [ulid],
    since: written === undefined ? null : instant(written),
    evidence: { object: `${ulid}/${file}`, version, triedWith: "Thanos 0.42.4" },
    consequence: `Each time the compactor looks at the bucket it fails with "unexpected ${kind} file version ${version}". It calls that a retriable error and tries again: thanos_compact_halted stays 0, and compaction, downsampling, retention and deletion stop for every stream for as long as this object is there.`,
    remedy: steps(
      "If a later Thanos wrote it, bring the compactor to that version.",
      `Otherwise take the mark off; the compactor goes on at its next look:${removeMark(ulid, file)}`,
      "If the block needs the mark, set it again with the version of `thanos tools bucket mark` that the compactor has.",
    ),
  };
}

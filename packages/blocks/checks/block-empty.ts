import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block/block";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { markForDeletion, steps } from "#blocks/remedy";
import { counted, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

/** `block.empty`: blocks without a sample, not marked for deletion. A shipper never uploads one. */
export function blockEmpty(model: BucketModel): readonly Finding[] {
  const empty = readableBlocks(blocksWith(model.parts, isEmpty));
  return empty.length === 0 ? [] : [finding(empty, model)];
}

function isEmpty({ state, deletionMark }: Block): boolean {
  return state.kind === "ok" && state.meta.samples === 0 && deletionMark === undefined;
}

function finding(empty: readonly ReadableBlock[], model: BucketModel): Finding {
  const written = empty.map(({ files }) => files.get("meta.json")?.lastModified ?? model.now);
  return {
    id: "block.empty",
    severity: "info",
    summary: `${counted(empty.length, "block")} ${empty.length === 1 ? "has" : "have"} no sample by meta.json.`,
    labels: {},
    groupKey: null,
    blocks: empty.map(({ ulid }) => ulid),
    since: instant(written.reduce((first, time) => Math.min(first, time), model.now)),
    evidence: { blocks: empty.length, sources: [...new Set(empty.map(({ meta }) => meta.source))] },
    consequence: "None for queries. They take part in compaction and in overlaps as any other block does.",
    remedy: steps(
      "If a tool wrote the block without its stats, look into the index before you believe them.",
      `Otherwise mark each for deletion; that loses nothing:${markForDeletion("<ULID>", "empty block")}`,
    ),
  };
}

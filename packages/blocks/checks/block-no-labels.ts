import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block/block";
import type { Finding } from "#blocks/finding";
import { isIgnoredByMark } from "#blocks/groups/filters";
import { type BucketModel, groupKeyFor } from "#blocks/model";
import { markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { count, counted, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

/** A placeholder that no shell takes: which block to give up is never ours to say. */
const CHOSEN = "<ULID>";

/** `block.no-labels`: blocks without external labels. No sidecar uploads such; somebody copied them in. */
export function blockNoLabels(model: BucketModel): readonly Finding[] {
  const blocks = readableBlocks(blocksWith(model.parts, hasNoLabels)).filter((block) => !isIgnoredByMark(block, model));
  return blocks.length === 0 ? [] : [finding(blocks, model)];
}

function hasNoLabels({ state }: Block): boolean {
  return state.kind === "ok" && Object.keys(state.meta.labels).length === 0;
}

function finding(blocks: readonly ReadableBlock[], model: BucketModel): Finding {
  const samples = blocks.reduce((sum, { meta }) => sum + meta.samples, 0);
  const from = blocks.reduce((least, { meta }) => Math.min(least, meta.minTime), Number.POSITIVE_INFINITY);
  const to = blocks.reduce((most, { meta }) => Math.max(most, meta.maxTime), Number.NEGATIVE_INFINITY);
  const written = blocks.map(({ files }) => files.get("meta.json")?.lastModified ?? model.now);
  return {
    id: "block.no-labels",
    severity: "critical",
    summary: `${counted(blocks.length, "block")} of ${instant(from)} to ${instant(to)} ${blocks.length === 1 ? "has" : "have"} no external labels.`,
    labels: {},
    groupKey: groupKeyFor(0, {}, model),
    blocks: blocks.map(({ ulid }) => ulid),
    since: instant(written.reduce((first, time) => Math.min(first, time), model.now)),
    evidence: {
      blocks: blocks.length,
      samples,
      minTime: instant(from),
      maxTime: instant(to),
      sources: [...new Set(blocks.map(({ meta }) => meta.source))],
    },
    consequence:
      "Thanos refuses to upload a block without external labels. When the compactor has compacted these it fails at the upload, and tries again and again; when it downsamples one it exits with an error, again after each restart. With it the work on other streams stops. Queries show the samples without cluster and replica.",
    remedy: steps(
      "Find out who put them there: a copied TSDB directory, a backfill, a tool.",
      "With the compactor stopped, write the external labels of their stream into thanos.labels of each meta.json, if you know them, and upload that file again. Nothing is lost then. `thanos tools bucket rewrite` cannot do it.",
      `If they are worth nothing, copy them out of the bucket first:${backUp(model, CHOSEN)}`,
      `And mark each of them. That loses its samples (${count(samples)} in all):${markForDeletion(CHOSEN, "no external labels")}`,
      markTakesTime(model),
    ),
  };
}

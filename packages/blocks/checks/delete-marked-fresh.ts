import { type Block, type ReadableBlock, readableBlocks } from "#blocks/block/block";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { removeMark, steps } from "#blocks/remedy";
import { isMarkedByRetention, isOfThanos, isPastRetention, lostSources } from "#blocks/streams/coverage";
import { counted, instant } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const LISTED = 50;

/**
 * `delete.marked-fresh`: blocks that somebody marked for deletion though no retention asks for it. Marks of Thanos's own are left
 * out, and those without details, which only a Thanos writes that is older than details.
 */
export function deleteMarkedFresh(model: BucketModel): readonly Finding[] {
  const byHand = readableBlocks(blocksWith(model.parts, isByHand));
  const marked = byHand.filter((block) => !isPastRetention(block, model));
  return marked.length === 0 ? [] : [finding(marked, model)];
}

function isByHand(block: Block): boolean {
  const details = block.deletionMark?.details ?? "";
  return details !== "" && !isOfThanos(details) && !isMarkedByRetention(block);
}

function finding(marked: readonly ReadableBlock[], model: BucketModel): Finding {
  const { now, settings } = model;
  const inOrder = marked.toSorted((a, b) => timeOf(a) - timeOf(b));
  const lostOf = lostSources(model.byStream, settings);
  const first = inOrder[0];
  const gone = timeOf(first) + settings.deleteDelay;
  const said = [...new Set(inOrder.map(({ deletionMark }) => deletionMark?.details ?? ""))];
  return {
    id: "delete.marked-fresh",
    severity: "info",
    summary: `${counted(marked.length, "block")} ${marked.length === 1 ? "is" : "are"} marked for deletion by hand, within the retention; the first mark is of ${instant(timeOf(first))}.`,
    labels: {},
    groupKey: null,
    blocks: inOrder.map(({ ulid }) => ulid),
    since: instant(timeOf(first)),
    evidence: {
      blocks: marked.length,
      samples: marked.reduce((sum, { meta }) => sum + meta.samples, 0),
      details: said.slice(0, LISTED),
      marks: inOrder.slice(0, LISTED).map((block) => ({
        block: block.ulid,
        markedAt: instant(timeOf(block)),
        deletedFrom: instant(timeOf(block) + settings.deleteDelay),
        covered: lostOf(block).length === 0,
      })),
    },
    consequence: `The compactor deletes them for good, the first ${gone > now ? `from ${instant(gone)} on` : "with its next run"}. What is not covered by another block is lost then, unless a replica has it.`,
    remedy: steps(
      "If they are meant to go, there is nothing to do.",
      `If one is not, take its mark off before that time:${removeMark("<ULID>")}`,
    ),
  };
}

function timeOf(block: ReadableBlock | undefined): number {
  return block?.deletionMark?.time ?? 0;
}

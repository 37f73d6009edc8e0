import type { Outlook } from "#blocks/compactor/outlook";
import type { Finding } from "#blocks/finding";
import { uploadedAt, visibleFrom } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { markForDeletion, markTakesTime, steps } from "#blocks/remedy";
import { backUp } from "#blocks/remedy-store";
import { age, counted, instant } from "#blocks/text";

const CHOSEN = "<ULID>";
const LISTED = 50;

/** Of `compactor.will-halt`: blocks that do not overlap, but hold some of the same heads, and are to be compacted together. */
export function sharedSources({ group, sharing }: Outlook, model: BucketModel): readonly Finding[] {
  if (sharing === undefined) return [];
  const wanted = new Set(sharing.blocks);
  const blocks = group.blocks.filter(({ ulid }) => wanted.has(ulid));
  const visible = blocks.map((block) => visibleFrom(block, model.settings)).sort((a, b) => a - b);
  const since = Math.min(model.now, visible[1] ?? model.now);
  return [
    {
      id: "compactor.will-halt",
      severity: "critical",
      summary: `${counted(blocks.length, "block")} of this group that are to be compacted together have ${counted(sharing.sources.length, "source")} in common, though their times do not overlap. Vertical compaction is off.`,
      labels: group.labels,
      groupKey: group.key,
      blocks: sharing.blocks,
      since: instant(since),
      evidence: {
        cause: "shared-sources",
        sharedSources: sharing.sources.slice(0, LISTED),
        blocks: blocks.slice(0, LISTED).map(({ ulid, meta }) => ({
          block: ulid,
          samples: meta.samples,
          uploaded: instant(uploadedAt({ meta })),
          source: meta.source,
          sources: meta.sources.length,
          level: meta.level,
          minTime: instant(meta.minTime),
          maxTime: instant(meta.maxTime),
        })),
        triedWith: "Thanos 0.42.4",
      },
      consequence: `The compactor plans them and halts (overlapping sources detected), within ${age(model.settings.waitInterval)} of having nothing else to do in this group; its log names group ${group.key}. Compaction, downsampling, retention and deletion then stop for every stream. It goes on answering its probes with 200, and does not end on SIGTERM.`,
      remedy: steps(
        "Find out who made them: two compactors on one stream (compactor.multiple), or a tool that cut a block in two and left its sources as they were.",
        "Choose. Blocks that were cut from one can both stay, if you write into each meta.json only the sources whose time it holds, with the compactor stopped. Of blocks that two compactors made keep the one with the most sources.",
        `Copy each block that you give up out of the bucket; its samples are lost otherwise:${backUp(model, CHOSEN)}`,
        `Mark it for deletion:${markForDeletion(CHOSEN, "shared sources")}`,
        markTakesTime(model),
        "Start the compactor again: a halted one does not recover by itself.",
      ),
    },
  ];
}

import type { ReadableBlock } from "#blocks/block/block";
import type { CompactionFate } from "#blocks/compactor/fate";
import { expiresAt } from "#blocks/compactor/retention";
import { ignoredFrom } from "#blocks/groups/filters";
import type { AuditSettings } from "#config/audit-settings";

/**
 * When and why a block is deleted, ms. `mark`: it has its mark. `compaction`: its samples go on in another block, which takes
 * its place. `empty`: it holds no samples. `lost`: it is compacted alone, and what comes of it is marked as its copy and
 * deleted too (measured with 0.42.4). `retention`: its samples go. `deletedFrom` is the earliest: the compactor deletes at its next look after it,
 * as long as it has not halted.
 */
export type Deletion =
  | {
      readonly kind: "mark";
      readonly markedAt: number;
      readonly ignoredFrom: number;
      readonly deletedFrom: number;
      readonly details: string;
    }
  | { readonly kind: "compaction" | "empty" | "lost"; readonly markedFrom: number; readonly deletedFrom: number }
  | { readonly kind: "retention"; readonly markedFrom: number; readonly deletedFrom: number }
  | { readonly kind: "never" };

export function deletionOf(
  block: ReadableBlock,
  fate: CompactionFate,
  { settings, now }: { readonly settings: AuditSettings; readonly now: number },
): Deletion {
  const { deletionMark: mark, meta } = block;
  const { deleteDelay } = settings;
  if (mark !== undefined) {
    const { time: markedAt, details } = mark;
    return {
      kind: "mark",
      markedAt,
      ignoredFrom: ignoredFrom(block, settings) ?? markedAt,
      deletedFrom: markedAt + deleteDelay,
      details,
    };
  }
  const expires = expiresAt(meta, settings.retention);
  const replaced = replacedFrom(fate, now);
  if (replaced !== undefined && (expires === undefined || replaced <= Math.max(expires, now))) {
    return { kind: endOf(fate), markedFrom: replaced, deletedFrom: replaced + deleteDelay };
  }
  if (expires === undefined) return { kind: "never" };
  const markedFrom = Math.max(expires, now);
  return { kind: "retention", markedFrom, deletedFrom: markedFrom + deleteDelay };
}

function endOf(fate: CompactionFate): "compaction" | "empty" | "lost" {
  const repeats = fate.kind === "planned" ? fate.repeats : null;
  if (repeats === null) return "compaction";
  return repeats === "no-samples" ? "empty" : "lost";
}

/** When another block takes its place at the earliest; undefined where none does. */
function replacedFrom(fate: CompactionFate, now: number): number | undefined {
  switch (fate.kind) {
    case "covered":
      return now;
    case "planned":
      return now;
    case "waits":
      return Math.max(now, fate.notBefore);
    case "ignored":
    case "hidden":
    case "halts":
    case "excluded":
    case "stays":
      return undefined;
  }
}

import * as v from "valibot";
import type { CommandResult } from "#test/real/servers/compactor";

/** What a run of the compactor did, in its order. */
export type CompactEvent =
  | { readonly kind: "planned"; readonly groupKey: string; readonly blocks: readonly string[] }
  | { readonly kind: "made"; readonly groupKey: string; readonly ulid: string }
  | { readonly kind: "halted"; readonly groupKey: string; readonly reason: "overlap" | "shared-sources" | "other" };

const Line = v.object({
  msg: v.nullish(v.string(), ""),
  groupKey: v.nullish(v.string(), ""),
  plan: v.nullish(v.string(), ""),
  new: v.nullish(v.string(), ""),
  err: v.nullish(v.string(), ""),
});
const ULIDS = /[0-7][0-9A-Z]{25}/g;

/** Reads the log of `thanos compact --log.format=json`. The error that ends it is there several times. */
export function compactEvents({ text }: CommandResult): readonly CompactEvent[] {
  const events = text.split("\n").flatMap(eventsIn);
  const halt = events.findIndex(({ kind }) => kind === "halted");
  return halt === -1 ? events : events.slice(0, halt + 1);
}

function eventsIn(line: string): CompactEvent[] {
  if (!line.startsWith("{")) return [];
  const { msg, groupKey, plan, new: made, err } = v.parse(Line, JSON.parse(line));
  if (msg === "compaction available and planned") {
    return [{ kind: "planned", groupKey, blocks: (plan.match(ULIDS) ?? []).toSorted() }];
  }
  if (msg === "compacted blocks") return [{ kind: "made", groupKey, ulid: made.match(ULIDS)?.[0] ?? "" }];
  return haltIn(err);
}

function haltIn(error: string): CompactEvent[] {
  const [, groupKey] = /group (\d+@\d+): /.exec(error) ?? [];
  if (groupKey === undefined) return [];
  if (error.includes("pre compaction overlap check")) return [{ kind: "halted", groupKey, reason: "overlap" }];
  if (error.includes("overlapping sources detected")) return [{ kind: "halted", groupKey, reason: "shared-sources" }];
  return [{ kind: "halted", groupKey, reason: "other" }];
}

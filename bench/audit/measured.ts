import * as v from "valibot";
import { Counts } from "#bench/audit/proxy";

/** How large the bench is. */
export interface Sizes {
  /** Blocks of the bucket on the S3 server. */
  readonly bucket: number;
  /** Blocks that come before each tail is read. */
  readonly fresh: number;
  /** Series of the index of each block. */
  readonly series: number;
  /** Blocks of the index that a tick reads. */
  readonly tick: number;
  /** Blocks of the fleets that all checks judge. */
  readonly curve: readonly number[];
  /** Blocks of the other shapes; those of `all marked` are as many as the last of the curve. */
  readonly shapes: number;
  /** How often each race is run; the median counts. */
  readonly rounds: number;
  /** Ticks that a process does after its first; of tails it does as many as there are rounds. */
  readonly turns: number;
}

export const FULL: Sizes = {
  ...{ bucket: 10_000, fresh: 50, series: 1_000, tick: 100_000, shapes: 100_000, rounds: 3, turns: 6 },
  curve: [10_000, 30_000, 100_000, 300_000, 1_000_000],
};
/** For a test that everything works. */
export const QUICK: Sizes = {
  bucket: 60,
  fresh: 5,
  series: 20,
  tick: 500,
  curve: [100, 200],
  shapes: 100,
  rounds: 1,
  turns: 2,
};

const Judged = v.object({
  shape: v.string(),
  blocks: v.number(),
  findings: v.number(),
  seconds: v.number(),
  /** Of the processor: what is left of `seconds` on a machine that does nothing else. */
  cpuSeconds: v.number(),
  /** Of the process with its blocks, MiB. */
  peakMb: v.number(),
});
export type Judged = Readonly<v.InferOutput<typeof Judged>>;

const Run = v.object({ seconds: v.number(), cpuSeconds: v.number(), counts: Counts });
/** A program from its start to its end. */
export type Run = Readonly<v.InferOutput<typeof Run>>;

const Audited = v.object({
  blocks: v.number(),
  findings: v.number(),
  seconds: v.number(),
  cpuSeconds: v.number(),
  /** Of the process up to then, MiB. */
  peakMb: v.number(),
});
/** An audit in a process that is up. */
export type Audited = Readonly<v.InferOutput<typeof Audited>> & { readonly counts: Counts };

/** Of one process: the first, which reads all of the index with code that has never run, and in the middle those after it. */
export interface InTurn {
  readonly first: Audited;
  readonly next: Audited;
}

export interface Measured {
  readonly machine: { readonly cores: number; readonly memoryGb: number; readonly load: number };
  readonly bucket: { readonly blocks: number; readonly indexBytes: number };
  readonly thanos: { readonly inspect: Run; readonly verify: Run; readonly sync: Run };
  readonly cold: Run;
  readonly warm: Audited;
  readonly tail: InTurn;
  readonly tick: InTurn;
  /** Of the index that the tick reads: its bytes, level-1 blocks, other blocks and distinct sources. */
  readonly index: { readonly bytes: number; readonly heads: number; readonly others: number; readonly sources: number };
  readonly curve: readonly Judged[];
  readonly shapes: readonly Judged[];
}

export function parseJudged(text: string): Judged {
  return v.parse(Judged, JSON.parse(text));
}

/** A line that audit-one prints. */
export function parseAudited(text: string): Omit<Audited, "counts"> {
  return v.parse(Audited, JSON.parse(text));
}

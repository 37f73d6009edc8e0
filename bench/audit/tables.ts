import type { Judged, Measured, Run } from "#bench/audit/measured";
import { count, table } from "#bench/markdown";

interface Figure {
  readonly what: string;
  readonly ours: string;
  readonly beside: string;
  readonly ratio: string;
  readonly goal: string;
}

/** What the goals of the index are made of, bytes. */
const BYTES_PER_HEAD = 200;
const BYTES_PER_SOURCE = 12;

/** The figures beside those of Thanos, as a table of Markdown. */
export function figuresTable(measured: Measured): string {
  const { thanos, cold, warm, tail } = measured;
  const figures: readonly Figure[] = [
    wall("full audit, cold, wall", cold, { of: "`inspect`", run: thanos.inspect, goal: "≤ 1.0 ×" }),
    processor("the same, processor", cold, { of: "`inspect`", run: thanos.inspect }),
    wall("the same, wall", cold, { of: "`verify`", run: thanos.verify, goal: "≤ 0.2 ×" }),
    wall("full audit, warm, wall", warm, { of: "`inspect`", run: thanos.inspect, goal: "≤ 0.5 ×" }),
    asked("full audit, warm, requests", warm, { of: "a sync of Thanos", run: thanos.sync, goal: "≤ 0.003 ×" }),
    wall("tail audit, up, wall", tail.next, { of: "`inspect`", run: thanos.inspect, goal: "≤ 0.05 ×" }),
    wall("tail audit, first, wall", tail.first, { of: "`inspect`", run: thanos.inspect }),
    ...tickFigures(measured),
    indexFigure(measured),
  ];
  return table(
    ["figure", "Musterbook", "beside", "ratio", "goal"],
    figures.map(({ what, ours, beside, ratio, goal }) => [what, ours, beside, ratio, goal]),
  );
}

interface Beside {
  readonly of: string;
  readonly run: Run;
  readonly goal?: string;
}

function wall(what: string, { seconds }: { readonly seconds: number }, { of, run, goal = "" }: Beside): Figure {
  const ratio = times(seconds / run.seconds);
  return { what, ours: inSeconds(seconds), beside: `${of} ${inSeconds(run.seconds)}`, ratio, goal };
}

function processor(what: string, { cpuSeconds }: Run, { of, run, goal = "" }: Beside): Figure {
  const ratio = times(cpuSeconds / run.cpuSeconds);
  return { what, ours: inSeconds(cpuSeconds), beside: `${of} ${inSeconds(run.cpuSeconds)}`, ratio, goal };
}

function asked(what: string, ours: Pick<Run, "counts">, { of, run, goal = "" }: Beside): Figure {
  const ratio = times(requests(ours) / requests(run));
  return { what, ours: count(requests(ours)), beside: `${of} ${count(requests(run))}`, ratio, goal };
}

function tickFigures({ tick: { first, next } }: Measured): readonly Figure[] {
  const alone = { beside: "nobody", ratio: "" };
  const what = `tick, ${count(next.blocks)} blocks`;
  return [
    { what: `${what}, LIST`, ours: count(first.counts.LIST + next.counts.LIST), ...alone, goal: "0" },
    { what: `${what}, GET`, ours: count(next.counts.GET), ...alone, goal: "" },
    { what: `${what}, up, wall`, ours: inSeconds(next.seconds), ...alone, goal: "≤ 1 s" },
    { what: "the same, processor", ours: inSeconds(next.cpuSeconds), ...alone, goal: "" },
    { what: `${what}, first, wall`, ours: inSeconds(first.seconds), ...alone, goal: "" },
    { what: `${what}, memory`, ours: `${count(next.peakMb)} MiB`, ...alone, goal: "≤ 1,536 MiB" },
  ];
}

/** The goal is for the index of level-1 blocks alone; the others are let have as much. */
function indexFigure({ index }: Measured): Figure {
  const allowed = (index.heads + index.others) * BYTES_PER_HEAD + index.sources * BYTES_PER_SOURCE;
  return {
    what: `index of ${count(index.heads + index.others)} blocks, ${count(index.sources)} sources`,
    ours: `${count(index.bytes / 1024)} KiB`,
    beside: `${BYTES_PER_HEAD} B a block, ${BYTES_PER_SOURCE} B a source`,
    ratio: times(index.bytes / allowed),
    goal: "≤ 1.0 ×",
  };
}

/** How the time of all checks grows. */
export function curveTable({ curve, shapes }: Measured): string {
  const head = ["bucket", "blocks", "findings", "wall", "processor", "processor, per 1,000 blocks", "memory"];
  return table(head, [...curve, ...shapes].map(judgedRow));
}

function judgedRow({ shape, blocks, findings, seconds, cpuSeconds, peakMb }: Judged): readonly string[] {
  const each = `${((cpuSeconds * 1e6) / blocks).toFixed(1)} ms`;
  const times = [inSeconds(seconds), inSeconds(cpuSeconds), each];
  return [shape, count(blocks), count(findings), ...times, `${count(peakMb)} MiB`];
}

export function machineLine({ machine, bucket }: Measured): string {
  const { cores, memoryGb, load } = machine;
  return [
    `${cores} cores, ${memoryGb} GiB of memory, load ${load.toFixed(1)} at the end.`,
    `The bucket on the server: ${count(bucket.blocks)} blocks, each with an index of ${count(bucket.indexBytes)} bytes.`,
  ].join(" ");
}

function requests({ counts }: Pick<Run, "counts">): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}

function inSeconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}

function times(value: number): string {
  return `${value.toPrecision(2)} ×`;
}

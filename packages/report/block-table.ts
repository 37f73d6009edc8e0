import { labelsText } from "#blocks/block/labels";
import type { BlockReport, CoveringBlock } from "#blocks/block-report";
import { age, count, counted, firstOf } from "#blocks/text";
import { compactionText, deletionText, downsamplingText, resolutionName } from "#report/block-fate";
import { renderTable } from "#report/table";
import { fullMoment, moment, size, wrap } from "#report/text";

const SHOWN_BLOCKS = 10;

export interface BlockTableOptions {
  /** Columns. */
  readonly width: number;
}

/** One block for people: what it is, where it is from, what else holds its samples, what comes next. */
export function renderBlock(report: BlockReport, { width }: BlockTableOptions): string {
  const text = (line: string) => wrap(line, { width, indent: "  " });
  const sections = [
    headLines(report, width),
    ["Where it is from", ...originLines(report).flatMap(text)],
    ["What else holds its samples", ...coveringLines(report, width)],
    ["What the compactor does with it next", ...compactionText(report).flatMap(text)],
    ["Downsampling", ...text(downsamplingText(report))],
    ["When it is deleted", ...deletionText(report).flatMap(text)],
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function headLines(report: BlockReport, width: number): string[] {
  const { ulid, url, labels, minTime, maxTime, resolution, samples, series, bytes, groupKey, uploaded, hints } = report;
  const now = instantOf(report.now);
  const span = `${fullMoment(instantOf(minTime))} to ${fullMoment(instantOf(maxTime))} (${age(maxTime - minTime)})`;
  return [
    ...wrap(`${ulid} in ${url}, ${fullMoment(now)}`, { width }),
    ...wrap(labelsText(labels), { width }),
    ...wrap(`${resolutionName(resolution)}, ${span}`, { width }),
    ...wrap(
      `${counted(samples, "sample")}, ${count(series)} series, ${size(bytes)}; uploaded ${moment(instantOf(uploaded), now)}`,
      { width },
    ),
    ...(hints.length === 0 ? [] : wrap(`Prometheus says of it: ${hints.join(", ")}`, { width })),
    ...wrap(`Group key in the compactor's log: ${groupKey}`, { width }),
    ...wrap(`Rules of Thanos ${report.thanos.first} to ${report.thanos.last}`, { width }),
  ];
}

function originLines({ ulid, level, producer, origin }: BlockReport): string[] {
  const by = producer === "" ? "a producer that does not say its name" : producer;
  const { sources, parents, rewrittenFrom } = origin;
  const isHead = sources.length === 1 && sources[0] === ulid;
  const made = isHead
    ? `Level ${level}: cut from a head, uploaded by ${by}.`
    : `Level ${level}: made by ${by}, of the samples of ${counted(sources.length, "head")}: ${firstOf(sources)}.`;
  const states = { live: "still there", marked: "marked for deletion", gone: "deleted" };
  const shown = parents.slice(0, SHOWN_BLOCKS).map((parent) => `Parent ${parent.ulid}: ${states[parent.state]}.`);
  const rest = parents.length - shown.length;
  return [
    made,
    ...shown,
    ...(rest > 0 ? [`And ${counted(rest, "parent")} more (--output json).`] : []),
    ...(rewrittenFrom.length > 0 ? [`Rewritten by a tool; before, its sources were ${firstOf(rewrittenFrom)}.`] : []),
  ];
}

function coveringLines({ covered, origin }: BlockReport, width: number): string[] {
  if (covered.length === 0) return ["  No other block."];
  const total = origin.sources.length;
  const rows = renderTable<CoveringBlock>(
    [
      { title: "BLOCK", value: ({ ulid }) => ulid, importance: 3 },
      { title: "RESOLUTION", value: ({ resolution }) => resolutionName(resolution), importance: 2 },
      { title: "SOURCES", value: ({ sources }) => `${sources} of ${total}`, align: "right", importance: 2 },
      { title: "MARK", value: ({ isMarked }) => (isMarked ? "deletion" : ""), importance: 1 },
    ],
    covered.slice(0, SHOWN_BLOCKS),
    width - 2,
  );
  const rest = covered.length - SHOWN_BLOCKS;
  return [
    ...rows.map((row) => `  ${row}`),
    ...(rest > 0 ? [`  And ${counted(rest, "block")} more (--output json).`] : []),
  ];
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

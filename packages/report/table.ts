import { displayWidth } from "#report/text";

/** One column of a table over rows of one kind. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Numbers stand at the right; default left. */
  readonly align?: "left" | "right";
  /** Where the terminal is too narrow the least important go first, of equals the rightmost. */
  readonly importance: number;
}

const WIDE_GAP = "  ";
const NARROW_GAP = " ";

/**
 * Lines of a table that is at most `width` wide: columns stand closer, then are dropped, never wrapped. The last one left
 * may jut out.
 */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string[] {
  const texts = columns.map((column) => [column.title, ...rows.map((row) => column.value(row))]);
  const widths = texts.map((cells) => Math.max(...cells.map(displayWidth)));
  const all = columns.map((_, at) => at);
  const gap = total(all, widths, WIDE_GAP) > width && total(all, widths, NARROW_GAP) <= width ? NARROW_GAP : WIDE_GAP;
  const kept = fitting(columns, widths, { width, gap });
  return [undefined, ...rows].map((_, row) => {
    const cells = kept.map((at) => pad(texts[at]?.[row] ?? "", widths[at] ?? 0, columns[at]?.align));
    return cells.join(gap).trimEnd();
  });
}

/** Indexes of the columns that fit. */
function fitting<Row>(
  columns: readonly Column<Row>[],
  widths: readonly number[],
  { width, gap }: { readonly width: number; readonly gap: string },
): readonly number[] {
  let kept = columns.map((_, at) => at);
  const importance = (at: number) => columns[at]?.importance ?? 0;
  while (kept.length > 1 && total(kept, widths, gap) > width) {
    const least = Math.min(...kept.map(importance));
    const dropped = kept.findLast((at) => importance(at) === least);
    kept = kept.filter((at) => at !== dropped);
  }
  return kept;
}

function total(kept: readonly number[], widths: readonly number[], gap: string): number {
  return kept.reduce((sum, at) => sum + (widths[at] ?? 0), 0) + gap.length * (kept.length - 1);
}

function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "right" ? spaces + text : text + spaces;
}

import type { Measured } from "#bench/audit/measured";
import { curveTable, figuresTable, machineLine } from "#bench/audit/tables";

/** What stands between the marks of docs/bench-audit.md, by their names. */
const PARTS = { machine: machineLine, figures: figuresTable, curve: curveTable } as const;

export const PAGE = new URL("../../docs/bench-audit.md", import.meta.url);

/** The page with the tables of this measurement. Throws where a mark is missing. */
export function withTables(page: string, measured: Measured): string {
  return Object.entries(PARTS).reduce((text, [name, write]) => {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new RangeError(`the page has no ${begin} with its ${end}`);
    return `${text.slice(0, from + begin.length)}\n\n${write(measured)}\n\n${text.slice(to)}`;
  }, page);
}

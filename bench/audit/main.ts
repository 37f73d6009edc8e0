import { readFile, writeFile } from "node:fs/promises";
import { measure } from "#bench/audit/measure";
import { FULL, QUICK } from "#bench/audit/measured";
import { PAGE, withTables } from "#bench/audit/page";
import { curveTable, figuresTable, machineLine } from "#bench/audit/tables";

/*
 * Measures the audit beside the real Thanos, half an hour on a machine that does nothing else. Prints the tables, and
 * writes them into docs/bench-audit.md. `--quick`: small, for a look whether it works; nothing is kept.
 */

const isQuick = process.argv.includes("--quick");
const measured = await measure(isQuick ? QUICK : FULL, (line) => void process.stderr.write(`${line}\n`));
process.stdout.write(`${[machineLine(measured), figuresTable(measured), curveTable(measured)].join("\n\n")}\n`);
if (!isQuick) {
  await writeFile(PAGE, withTables(await readFile(PAGE, "utf8"), measured));
}

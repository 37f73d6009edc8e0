import { readMeasured } from "#bench/cost/measured";
import { billTable, figures, leafTable, measuredTable } from "#bench/cost/tables";

/* Prints the tables of docs/cost.md from what `npm run bench:cost -- --measure` counted last. */

if (process.argv.includes("--measure")) await import("#bench/cost/measure");
const hours = readMeasured();
process.stdout.write(`${[measuredTable(hours), figures(hours), billTable(hours), leafTable()].join("\n\n")}\n`);

import { writeFile } from "node:fs/promises";
import { measureHour } from "#bench/cost/hour";
import { HISTORY, MEASURED, type Measured, SIZES } from "#bench/cost/measured";

/* Measures an hour of each size, minutes in all, and keeps what was counted in measured.json. */

const hours: Measured[] = [];
for (const clusters of SIZES) {
  const { tally, ...hour } = await measureHour(clusters, HISTORY);
  process.stdout.write(`${clusters} clusters, ${hour.present} of them present\n`);
  hours.push({ ...hour, uses: Object.fromEntries(tally) });
}
await writeFile(MEASURED, `${JSON.stringify(hours, null, 2)}\n`);

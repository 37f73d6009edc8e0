import { parseArgs } from "node:util";
import { materialise } from "#local/recorded-bucket";
import { RECORDED_BUCKETS, recordingOf } from "#test/factories/recorded-bucket";

const { positionals } = parseArgs({ allowPositionals: true });
const name = RECORDED_BUCKETS.find((bucket) => bucket === positionals[0]);
const target = positionals[1];
if (name === undefined || target === undefined) {
  process.stderr.write(`usage: node test/scripts/materialise.ts <${RECORDED_BUCKETS.join("|")}> <directory>\n`);
  process.exitCode = 2;
} else {
  const written = await materialise(recordingOf(name), target);
  process.stdout.write(`${target}: ${written} files written\n`);
}

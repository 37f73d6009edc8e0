import * as v from "valibot";
import { s3Bucket } from "#aws/s3-bucket";
import { s3ObjectStore } from "#aws/s3-object-store";
import { peakMb } from "#bench/audit/judge";
import { judgeReading } from "#blocks/audit";
import { readIndex, readIndexed } from "#blocks/read-bucket";
import { defaultAuditSettings } from "#config/audit-settings";

/* One audit with an index, as a function does it: `<mode> <bucket> <index> <endpoint> <time>`. Prints what it took as JSON. */

const Arguments = v.tuple([v.picklist(["tick", "tail", "full"]), v.string(), v.string(), v.string(), v.string()]);
const [mode, url, indexUrl, endpoint, time] = v.parse(Arguments, process.argv.slice(2));

const bucket = s3Bucket(url, { endpoint });
const index = s3ObjectStore(indexUrl, { endpoint });
const now = new Date(time);
const started = performance.now();
const listing = mode === "full" ? "full" : "due";
const reading = await (mode === "tick"
  ? readIndex({ index, url })
  : readIndexed({ bucket, index, listing, now: now.getTime() }));
if (reading === undefined) throw new Error("the index holds no whole bucket");
const report = await judgeReading({ url, settings: defaultAuditSettings(), now, reading });
const seconds = (performance.now() - started) / 1000;
const { blocks, findings } = report;
process.stdout.write(JSON.stringify({ blocks, findings: findings.length, seconds, peakMb: peakMb() }));

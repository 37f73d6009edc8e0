import { createInterface } from "node:readline";
import * as v from "valibot";
import { s3Bucket } from "#aws/s3-bucket";
import { s3ObjectStore } from "#aws/s3-object-store";
import { peakMb } from "#bench/audit/judge";
import { judgeReading } from "#blocks/audit";
import { keptIndexes } from "#blocks/index/kept";
import { readIndex, readIndexed } from "#blocks/read-bucket";
import { defaultAuditSettings } from "#config/audit-settings";

/*
 * Audits with an index, as a function does that is up: `<mode> <bucket> <index> <endpoint>`. Each line of its input is a time, at which it
 * audits; for each it prints a line of JSON with what that took.
 */

const Arguments = v.tuple([v.picklist(["tick", "tail", "full"]), v.string(), v.string(), v.string()]);
const [mode, url, indexUrl, endpoint] = v.parse(Arguments, process.argv.slice(2));

const bucket = s3Bucket(url, { endpoint });
const index = s3ObjectStore(indexUrl, { endpoint });
const kept = keptIndexes(512 * 2 ** 20);

for await (const line of createInterface({ input: process.stdin })) {
  const now = new Date(line);
  const before = process.cpuUsage();
  const started = performance.now();
  const listing = mode === "full" ? "full" : "due";
  const reading = await (mode === "tick"
    ? readIndex({ index, url, kept })
    : readIndexed({ bucket, index, listing, now: now.getTime(), kept }));
  if (reading === undefined) throw new Error("the index holds no whole bucket");
  const { blocks, findings } = await judgeReading({ url, settings: defaultAuditSettings(), now, reading });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const took = { seconds, cpuSeconds: (user + system) / 1e6, peakMb: peakMb() };
  process.stdout.write(`${JSON.stringify({ blocks, findings: findings.length, ...took })}\n`);
}

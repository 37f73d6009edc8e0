import type { AuditReport } from "#blocks/finding";
import { age, counted, firstOf } from "#blocks/text";
import type { Cli } from "#cli/cli";
import { print, widthOf } from "#cli/output";
import { type AuditCommandOptions, tellReport } from "#cli/run-audit";
import { STATE_FOLDER } from "#cli/stage/folder";
import { type StoredReports, storedReports } from "#cli/stored-reports";
import { TerminalError } from "#fleet/errors";
import { wrap } from "#report/text";
import { periodOf } from "#stacks/rate";
import { functions } from "#stacks/wiring";

/** How often a stage judges a bucket. */
const PERIOD_MS = periodOf(functions["enqueue-audits"].source.rate);
/** After as many the stage does not judge any more. */
const STALE_PERIODS = 2;

export interface LastReportOptions extends AuditCommandOptions {
  /** `s3://bucket` of a deployed stage, or the folder of a local one, which is the default. */
  readonly state?: string | undefined;
}

/** `musterbook audit --last`: what the stage itself found when it judged the bucket last, told and ended as an audit. */
export async function showLastReport(cli: Cli, bucket: string, options: LastReportOptions): Promise<void> {
  const { state = STATE_FOLDER, output, all } = options;
  const reports = await storedReports(state, options);
  const stored = await reports.of(bucket);
  if (stored === undefined) throw noReport(bucket, reports.stage, await reports.all());
  const { report, metrics } = stored;
  const now = cli.clock.now();
  const above = judgedBy(reports, report, now);
  tellReport(cli, report, { output, all, settingsFile: "fleet.config.ts", above, metrics });
  const width = widthOf(cli.stderr);
  for (const text of warningsOf(reports, report, now)) print(cli, cli.stderr, `${wrap(text, { width }).join("\n")}\n`);
}

function judgedBy({ stage, isRecorded }: StoredReports, { url, now }: AuditReport, at: Date): string {
  const told = isRecorded(url) ? "as of the time that it was recorded at" : `${age(ageOf(now, at))} ago`;
  return `Judged by the stage in ${stage}, ${told}; it judges every ${age(PERIOD_MS)}.`;
}

function warningsOf({ isRecorded }: StoredReports, { url, now, leftOut }: AuditReport, at: Date): readonly string[] {
  const old = ageOf(now, at);
  const stale = `Warning: this report is ${age(old)} old, and there should be one every ${age(PERIOD_MS)}. What has changed since is not in it. Look for the alert musterbook.listing-failed, and at the log and the dead letters of audit-bucket.`;
  return [
    ...(old > STALE_PERIODS * PERIOD_MS && !isRecorded(url) ? [stale] : []),
    ...(leftOut === undefined ? [] : [cutsText(leftOut, url)]),
  ];
}

function cutsText({ findings, details, streams }: NonNullable<AuditReport["leftOut"]>, url: string): string {
  const parts = [counted(findings, "finding"), `details of ${counted(details, "finding")}`, counted(streams, "stream")];
  return `Left out of the stored report, which would have been too large: ${parts.join(", ")}. The counts are of all; musterbook audit ${url} tells all.`;
}

function ageOf(now: string, at: Date): number {
  return Math.max(0, at.getTime() - Date.parse(now));
}

function noReport(bucket: string, stage: string, others: readonly AuditReport[]): TerminalError {
  const names = firstOf(others.map(({ url }) => url));
  const there = others.length === 0 ? "It has no report of any bucket yet" : `It has reports of ${names}`;
  return new TerminalError(`the stage in ${stage} has no report of ${bucket}`, {
    reason: "no-report",
    field: "bucket",
    value: bucket,
    remedy: `${there}. Write the URL as fleet.config.ts has it under buckets; a new bucket is judged once it was listed to its end, within half an hour and a listing. Without --last it is judged from here.`,
  });
}

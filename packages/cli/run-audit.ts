import type { Bucket, ObjectStore } from "#blocks/bucket/bucket";
import type { AuditProgress, AuditReport } from "#blocks/finding";
import { readAuditConfig } from "#cli/audit-config";
import type { Cli } from "#cli/cli";
import { untilInterrupted } from "#cli/interrupt";
import { type OpenOptions, openBucket } from "#cli/open-bucket";
import { print, printJson, widthOf } from "#cli/output";
import type { OutputFormat } from "#cli/output-option";
import { progressLine } from "#cli/progress";
import type { AuditSettings } from "#config/audit-settings";
import { TerminalError } from "#fleet/errors";
import { fileObjectStore } from "#local/file-object-store";
import { renderAudit } from "#report/audit-table";
import { renderOpenMetrics } from "#report/open-metrics";
import { wrap } from "#report/text";

export interface AuditCommandOptions extends OpenOptions {
  /** Default: the clock's. */
  readonly now?: Date | undefined;
  /** JSON file of the settings. */
  readonly config?: string | undefined;
  /** Folder of the block index; none is kept without it. */
  readonly index?: string | undefined;
  readonly output: OutputFormat | "openmetrics";
  /** Infos, swallowed findings, all that is alike and every row as well. */
  readonly all?: boolean | undefined;
}

/** Judges a bucket; `auditBucket` of `#blocks/audit`. */
export type Judge = (input: {
  readonly bucket: Bucket;
  readonly settings: AuditSettings;
  readonly now: Date;
  readonly index?: ObjectStore | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: AuditProgress) => void;
}) => Promise<AuditReport>;

/** `musterbook audit`: prints the report, and sets exit code 1 where it holds a finding of severity warning or critical. */
export async function runAudit(cli: Cli, judge: Judge, url: string, options: AuditCommandOptions): Promise<void> {
  const { settings, ignored } = await readAuditConfig(options.config);
  if (ignored.length > 0) noteIgnored(cli, ignored, options.config);
  const input = { bucket: openBucket(url, options), settings, now: options.now ?? cli.clock.now() };
  const report = await (options.index === undefined
    ? judgeWithProgress(cli, judge, input)
    : judgeWithIndex(cli, judge, input, options.index));
  tellReport(cli, report, { ...options, settingsFile: options.config });
}

export interface TellOptions extends Pick<AuditCommandOptions, "output" | "all"> {
  /** Where settings were given; undefined for nowhere. */
  readonly settingsFile?: string | undefined;
  /** What is told above the table. */
  readonly above?: string | undefined;
  /** Default: those that follow from the report. */
  readonly metrics?: string | undefined;
}

/** Prints a report, and sets the exit code by it. */
export function tellReport(cli: Cli, report: AuditReport, options: TellOptions): void {
  if (report.blocks === 0 && report.findings.length === 0) throw noBlocks(report);
  const { output, all = false, settingsFile, above, metrics } = options;
  const width = widthOf(cli.stdout);
  if (output === "json") printJson(cli, report);
  else if (output === "openmetrics") print(cli, cli.stdout, metrics ?? renderOpenMetrics(report));
  else {
    const head = above === undefined ? "" : `${wrap(above, { width }).join("\n")}\n\n`;
    print(cli, cli.stdout, head + renderAudit(report, { width, all, settingsFile }));
  }
  cli.exitCode = report.summary.critical + report.summary.warning > 0 ? 1 : 0;
}

/** Tells of settings that this version does not know. */
export function noteIgnored(cli: Cli, names: readonly string[], file = ""): void {
  const text = `Not known to this version, and ignored, in ${file}: ${names.join(", ")}.`;
  print(cli, cli.stderr, `${wrap(text, { width: widthOf(cli.stderr) }).join("\n")}\n`);
}

type JudgeInput = Omit<Parameters<Judge>[0], "onProgress">;

/** One that is stopped by Ctrl-C keeps what it has read. */
function judgeWithIndex(cli: Cli, judge: Judge, input: JudgeInput, folder: string): Promise<AuditReport> {
  return untilInterrupted((signal) => {
    signal.addEventListener("abort", () => {
      cli.stderr.write("\nStopping: what was read is being written. Ctrl-C again ends it at once.\n");
    });
    return judgeWithProgress(cli, judge, { ...input, index: fileObjectStore(folder), signal });
  }, stopped(folder));
}

function stopped(folder: string): TerminalError {
  return new TerminalError("the audit was stopped; nothing was judged", {
    reason: "interrupted",
    remedy: `What was read by then is kept in ${folder}: run it again, and it reads the rest.`,
  });
}

async function judgeWithProgress(cli: Cli, judge: Judge, input: JudgeInput): Promise<AuditReport> {
  const { onProgress, end } = progressLine(cli);
  try {
    return await judge({ ...input, onProgress });
  } finally {
    end();
  }
}

/** An audit of the wrong place must not be green. */
function noBlocks({ url, summary }: AuditReport): TerminalError {
  return new TerminalError(`${url} holds no blocks (${summary.objects} objects); nothing was judged`, {
    reason: "no-blocks",
    field: "bucket",
    value: url,
    remedy:
      "Check the prefix: blocks are <prefix>/<ULID>/meta.json. The clusters of a new bucket upload after three hours.",
  });
}

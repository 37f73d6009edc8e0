import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { auditBucket } from "#blocks/audit";
import { type AuditReport, FINDING_IDS, type Finding } from "#blocks/finding";
import { parseAuditReport } from "#blocks/report-schema";
import { sourcesOf } from "#blocks/rule-sources";
import { readAuditConfig } from "#cli/audit-config";
import { bucketOptions } from "#cli/bucket-options";
import type { Cli } from "#cli/cli";
import { ProblemsError } from "#cli/errors";
import { helpText } from "#cli/help";
import { openBucket } from "#cli/open-bucket";
import { print, printJson, widthOf } from "#cli/output";
import { progressLine } from "#cli/progress";
import { type AuditCommandOptions, noteIgnored } from "#cli/run-audit";
import type { AuditSettings } from "#config/audit-settings";
import { nearestName } from "#config/nearest";
import { describeError, TerminalError } from "#fleet/errors";
import { renderAudit } from "#report/audit-table";
import { renderSection, runbookSection } from "#report/runbook";
import { wrap } from "#report/text";

const RUNBOOK = new URL("../../../docs/runbook.md", import.meta.url);
const HELP = `
Without a bucket or a report: what the finding means. With one: each finding of
that id in it, or those that --of names, with their numbers and commands.

Examples:
  $ musterbook explain delete.uncovered
  $ musterbook explain compactor.will-halt s3://metrics-blocks
  $ musterbook explain upload.gap report.json --of 01KAJ6Y7WRA9VT1TJMZZK7Q9N4
  $ musterbook explain overlap.c-same-labels report.json --of 0@692861144192647932

Exit code: 0 explained; 2 there is no such id, or no such finding.`;

interface ExplainOptions extends AuditCommandOptions {
  readonly of?: string | undefined;
}

/** `musterbook explain <id> [where]`. */
export function explainCommand(cli: Cli): Command {
  const command = new Command("explain")
    .description("say what a finding means, and tell all of one")
    .argument("<id>", "of a finding, such as upload.late")
    .argument("[where]", "a bucket, or a file that audit --output json has written");
  return bucketOptions(command)
    .option("--of <name>", "the finding of this block, group key or label value only")
    .addHelpText("after", helpText(cli, HELP))
    .action((id: string, where: string | undefined, options: ExplainOptions) =>
      explain(cli, id, { where, ...options }),
    );
}

async function explain(
  cli: Cli,
  id: string,
  { where, ...options }: ExplainOptions & { readonly where: string | undefined },
): Promise<void> {
  const section = runbookSection(await readFile(RUNBOOK, "utf8"), id);
  if (section === undefined) throw unknownId(id);
  const { settings, ignored } = await readAuditConfig(options.config);
  if (ignored.length > 0) noteIgnored(cli, ignored, options.config);
  const report = where === undefined ? undefined : await reportOf(cli, where, { ...options, settings });
  const findings = report?.findings.filter((finding) => finding.id === id && isOf(finding, options.of)) ?? [];
  if (report !== undefined && findings.length === 0) throw noSuchFinding(id, report, options.of);
  const sources = sourcesOf(id);
  if (options.output === "json") return printJson(cli, { schemaVersion: 1, id, meaning: section, sources, findings });
  const width = widthOf(cli.stdout);
  const from = wrap(`The rule rests on ${sources.join(", ")}.`, { width });
  const meaning = [id, "", ...renderSection(section, width), ...(sources.length > 0 ? ["", ...from] : [])].join("\n");
  const cases = report && renderAudit({ ...report, findings }, { width, all: true, settingsFile: options.config });
  print(cli, cli.stdout, cases === undefined ? `${meaning}\n` : `${meaning}\n\n${cases}`);
}

async function reportOf(
  cli: Cli,
  where: string,
  { settings, now, ...options }: ExplainOptions & { readonly settings: AuditSettings },
): Promise<AuditReport> {
  if (where.endsWith(".json")) return savedReport(where);
  const { onProgress, end } = progressLine(cli);
  try {
    return await auditBucket({ bucket: openBucket(where, options), settings, now: now ?? cli.clock.now(), onProgress });
  } finally {
    end();
  }
}

async function savedReport(file: string): Promise<AuditReport> {
  const remedy = "Name a file that musterbook audit --output json has written.";
  let input: unknown;
  try {
    input = JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const message = `cannot read the report ${file}: ${describeError(cause)}`;
    throw new TerminalError(message, { reason: "bad-input", field: "where", value: file, remedy, cause });
  }
  const parsed = parseAuditReport(input);
  if (parsed.ok) return parsed.value;
  throw new ProblemsError(`${file} is no report of this version`, parsed.problems, remedy);
}

function isOf({ blocks, groupKey, labels }: Finding, name: string | undefined): boolean {
  return name === undefined || blocks.includes(name) || groupKey === name || Object.values(labels).includes(name);
}

function unknownId(id: string): TerminalError {
  const near = nearestName(id, FINDING_IDS);
  return new TerminalError(`there is no finding ${id}`, {
    reason: "bad-input",
    field: "id",
    value: id,
    remedy: near === undefined ? "Take an id from the audit; docs/runbook.md has them all." : `Did you mean ${near}?`,
  });
}

function noSuchFinding(id: string, { url, findings }: AuditReport, name: string | undefined): TerminalError {
  const others = [...new Set(findings.map((finding) => finding.id))].join(", ");
  const of = name === undefined ? "" : ` of ${name}`;
  return new TerminalError(`${url} has no finding ${id}${of}`, {
    reason: "no-such-finding",
    field: "id",
    value: id,
    remedy: others === "" ? "It has none at all." : `It has ${others}.`,
  });
}

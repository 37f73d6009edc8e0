import { readFileSync } from "node:fs";

/** The published schema of the audit's report. */
export function publishedReportSchema(): unknown {
  return JSON.parse(readFileSync(new URL("../../../docs/schemas/audit-report-v1.json", import.meta.url), "utf8"));
}

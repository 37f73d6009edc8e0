import { promisify } from "node:util";
import { gunzip, gzip, constants as zlib } from "node:zlib";
import * as v from "valibot";
import { type ObjectStore, type StoredObject, textOf } from "#blocks/bucket/bucket";
import { bucketId } from "#blocks/bucket/bucket-id";
import type { AuditReport } from "#blocks/finding";
import { parseAuditReport } from "#blocks/report-schema";
import { formatProblems, type Parsed } from "#config/schema";
import { ConflictError, describeError, TerminalError } from "#fleet/errors";
import { jsonText } from "#report/escape";
import { renderOpenMetrics } from "#report/open-metrics";
import { fitReport, MAX_REPORT_CHARS } from "#report/report-size";

const TRIES = 4;
/** A report of a thousand clusters is about this large; a tenth of it once it is compressed. */
const COMPRESSED_ABOVE = 2 ** 20;
/** UTF-8 has up to three bytes for what JavaScript counts as one. */
const MAX_BYTES = 3 * MAX_REPORT_CHARS;

/** Where the last report of a bucket is: JSON by the published schema, compressed by gzip where it is large. */
export const reportKey = (url: string) => `${bucketId(url)}/report.json`;
/** Where its metrics are: OpenMetrics text. */
export const metricsKey = (url: string) => `${bucketId(url)}/metrics.prom`;

/** What was stored of one judgement. */
export interface StoredReport {
  readonly report: AuditReport;
  /** OpenMetrics text, of all that was found. */
  readonly metrics: string;
}

/**
 * Stores the report of a bucket and its metrics. A judgement that comes late never takes the place of a newer one: its answer is
 * `newer`, and what is there stands. What cannot be read is replaced.
 * @throws ConflictError where others were faster again and again; what the store throws
 */
export async function saveReport(store: ObjectStore, report: AuditReport): Promise<"saved" | "newer"> {
  const { url, now } = report;
  const [body, metrics] = [await encode(jsonText(fitReport(report))), renderOpenMetrics(report)];
  for (let tries = 1; ; tries += 1) {
    const [found, before] = await Promise.all([reportKey(url), metricsKey(url)].map(async (key) => store.read(key)));
    if (found !== undefined && Date.parse((await judgedAt(found)) ?? "") > Date.parse(now)) return "newer";
    try {
      // In this order: who overtakes us before the first write makes it fail, and who does after it the second.
      await store.write(reportKey(url), body, found?.version ?? null);
      await store.write(metricsKey(url), metrics, before?.version ?? null);
      return "saved";
    } catch (error) {
      if (!(error instanceof ConflictError) || tries === TRIES) throw error;
    }
  }
}

/**
 * The last report of a bucket, and its metrics.
 * @throws TerminalError `report-unreadable`; what the store throws
 */
export async function loadReport(store: ObjectStore, url: string): Promise<StoredReport | undefined> {
  const report = await loadReportAt(store, reportKey(url));
  if (report?.url !== url) return undefined;
  const metrics = await store.read(metricsKey(url));
  return { report, metrics: metrics === undefined ? renderOpenMetrics(report) : textOf(metrics) };
}

/** The report under a key, of whatever bucket. */
export async function loadReportAt(store: ObjectStore, key: string): Promise<AuditReport | undefined> {
  const stored = await store.read(key);
  if (stored === undefined) return undefined;
  const parsed = parseAuditReport(await decode(stored).catch((cause: unknown) => throwUnreadable(key, cause)));
  return reportOf(parsed, key);
}

function reportOf(parsed: Parsed<AuditReport>, key: string): AuditReport {
  if (parsed.ok) return parsed.value;
  return throwUnreadable(key, formatProblems(parsed.problems));
}

const Judged = v.object({ now: v.pipe(v.string(), v.isoTimestamp()) });

/** Of a stored report; undefined where it cannot be read. */
async function judgedAt(stored: StoredObject): Promise<string | undefined> {
  const read = v.safeParse(Judged, await decode(stored).catch(() => undefined));
  return read.success ? read.output.now : undefined;
}

async function encode(text: string): Promise<Uint8Array> {
  const bytes = Buffer.from(text);
  return bytes.byteLength > COMPRESSED_ABOVE ? promisify(gzip)(bytes, { level: zlib.Z_BEST_SPEED }) : bytes;
}

async function decode({ bytes }: StoredObject): Promise<unknown> {
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return JSON.parse(
    textOf({ bytes: isCompressed ? await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES }) : bytes }),
  );
}

function throwUnreadable(key: string, cause: unknown): never {
  throw new TerminalError(`the stored report ${key} cannot be read: ${describeError(cause)}`, {
    reason: "report-unreadable",
    field: key,
    remedy: "Use the version of Musterbook that the stage is deployed with; the next audit writes the report anew.",
    ...(cause instanceof Error ? { cause } : {}),
  });
}

import type { AuditReport } from "#blocks/finding";
import { count, counted } from "#blocks/text";
import { type Column, renderTable } from "#report/table";
import { moment, wrap } from "#report/text";

/** What a stage found in a bucket when it judged it last, in numbers. */
export interface AuditedBucket extends Pick<AuditReport["summary"], "critical" | "warning" | "info"> {
  readonly url: string;
  /** The time that it was judged at, RFC 3339. */
  readonly now: string;
}

export function auditedBucket({ url, now, summary }: AuditReport): AuditedBucket {
  const { critical, warning, info } = summary;
  return { url, now, critical, warning, info };
}

/** A row for each audited bucket, worst first; nothing where there is none. */
export function renderBuckets(
  buckets: readonly AuditedBucket[],
  { width, now }: { readonly width: number; readonly now: Date },
): string {
  if (buckets.length === 0) return "";
  const columns: readonly Column<AuditedBucket>[] = [
    { title: "BUCKET", value: ({ url }) => url, importance: 9 },
    { title: "CRITICAL", value: ({ critical }) => count(critical), align: "right", importance: 6 },
    { title: "WARNING", value: ({ warning }) => count(warning), align: "right", importance: 5 },
    { title: "INFO", value: ({ info }) => count(info), align: "right", importance: 1 },
    { title: "JUDGED", value: (bucket) => moment(bucket.now, now.toISOString()), importance: 3 },
  ];
  const rows = buckets.toSorted((a, b) => b.critical - a.critical || b.warning - a.warning || (a.url < b.url ? -1 : 1));
  const headline = `${counted(buckets.length, "audited bucket")}; musterbook audit <bucket> --last tells what is in one`;
  return `${[...wrap(headline, { width }), "", ...renderTable(columns, rows, width)].join("\n")}\n`;
}

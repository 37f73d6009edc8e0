import { auditBucket } from "#blocks/audit";
import type { IncompleteUpload } from "#blocks/bucket/bucket";
import type { Finding, FindingId } from "#blocks/finding";
import type { RecordedObject } from "#local/recorded-bucket";
import { at, type BlockSpec, blockObjects, bucketOf, settingsOf } from "#test/packages/blocks/factory";

/** 70 minutes after the end of the newest whole block. */
export const NOW = at("2026-11-20T13:10:00Z");
export const NOON = at("2026-11-20T12:00:00Z");

export interface Case {
  readonly specs?: readonly BlockSpec[];
  /** Beside those of `specs`. */
  readonly objects?: readonly RecordedObject[];
  readonly settings?: Parameters<typeof settingsOf>[0];
  readonly now?: number;
  /** Multipart uploads that have not ended. */
  readonly uploads?: readonly IncompleteUpload[];
}

export async function everyFinding({
  specs = [],
  objects = [],
  settings,
  now = NOW,
  uploads,
}: Case): Promise<readonly Finding[]> {
  const all = [...specs.flatMap(blockObjects), ...objects];
  const report = await auditBucket({
    bucket: { ...bucketOf(all), ...(uploads && { incompleteUploads: async () => uploads }) },
    settings: settingsOf(settings),
    now: new Date(now),
  });
  return report.findings;
}

/** Of this id. */
export async function found(id: FindingId, of: Case): Promise<readonly Finding[]> {
  return (await everyFinding(of)).filter((finding) => finding.id === id);
}

/** `critical upload.gap`, of the ids that begin so. */
export async function told(id: string, of: Case): Promise<readonly string[]> {
  return (await everyFinding(of))
    .filter((finding) => finding.id.startsWith(id))
    .map((finding) => `${finding.severity} ${finding.id}`);
}

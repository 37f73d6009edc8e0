import { auditBucket } from "#blocks/audit";
import { parseMeta } from "#blocks/block/meta";
import { isArchived } from "#blocks/block/storage-class";
import { isUlid } from "#blocks/block/ulid";
import { type AuditReport, FINDING_IDS, type Finding, SEVERITIES } from "#blocks/finding";
import { RetryableError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { renderAudit } from "#report/audit-table";
import { isSound, LACKING_ULID, LATE, NOW } from "#test/fuzz/base";
import { StoreFailure } from "#test/fuzz/failing";
import type { FuzzCase } from "#test/fuzz/fuzz-case";
import { settingsOf } from "#test/packages/blocks/factory";

/** A case takes a few milliseconds; one of this length would have no end in a real bucket. */
const LONGEST_MS = 20_000;
/** A report may quote what is there, and no more. */
const LARGEST_REPORT = 2_000_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;
const NO_VALUE = /\bundefined\b|\bNaN\b|Invalid Date|\[object /;
const LARGEST_META = 64 * 2 ** 20;

/** What is wrong with how this bucket is judged; nothing of a good audit. */
export async function violationsOf(of: FuzzCase): Promise<readonly string[]> {
  const started = performance.now();
  const settings = settingsOf(of.settings);
  const request = {
    bucket: of.bucket,
    settings,
    now: new Date(NOW),
    ...(of.isThorough && { index: memoryObjectStore() }),
  };
  let report: AuditReport;
  let table: string;
  try {
    report = await auditBucket(request);
    table = of.isThorough ? renderAudit(report, { width: 80, all: true }) : "";
  } catch (error) {
    const isRight = of.failure !== "never" && isOfStore(error);
    return isRight ? [] : [`threw ${error instanceof Error ? error.stack : String(error)}`];
  }
  const took = performance.now() - started;
  return [
    ...(of.failure === "always" ? ["judged half of a listing"] : []),
    ...(took > LONGEST_MS ? [`took ${Math.round(took)} ms`] : []),
    ...(of.failure === "never" ? [...brokenBlocks(of, report), ...sentinels(report)] : []),
    ...report.findings.flatMap(malformed),
    ...(JSON.stringify(report).length > LARGEST_REPORT ? ["the report is larger than what it tells of"] : []),
    ...(NO_VALUE.test(table) ? [`a value that is none: ${NO_VALUE.exec(table)?.[0]}`] : []),
  ];
}

function isOfStore(error: unknown): boolean {
  return (
    error instanceof StoreFailure || (error instanceof RetryableError && error.reason === "store-contradicts-itself")
  );
}

function isOfMeta({ id, evidence }: Finding): boolean {
  return id === "block.meta-corrupt" || (id === "block.version" && "problems" in evidence);
}

/** Every meta.json that cannot be used is told, and no other. One that is archived cannot be read. */
function brokenBlocks({ objects }: FuzzCase, { findings }: AuditReport): readonly string[] {
  const told = new Set(findings.filter(isOfMeta).flatMap(({ blocks }) => blocks));
  return [...objects.values()].flatMap((one) => {
    const { key, size, storageClass, content = new Uint8Array() } = one;
    const [ulid = "", file, ...more] = key.split("/");
    if (!isUlid(ulid) || file !== "meta.json" || more.length > 0) return [];
    if (isArchived(storageClass)) return [];
    const isBroken = !isSound(one) && (size > LARGEST_META || !parseMeta(content, ulid).ok);
    if (isBroken === told.has(ulid)) return [];
    return [isBroken ? `${key} is broken, and not told` : `${key} is called broken, and can be read`];
  });
}

/** The rest of the bucket is judged. */
function sentinels({ findings }: AuditReport): readonly string[] {
  const late = findings.some(({ id, labels }) => id === "upload.late" && labels.cluster === LATE.cluster);
  const lacking = findings.some(({ id, blocks }) => id === "block.incomplete" && blocks.includes(LACKING_ULID));
  return [...(late ? [] : ["a late stream is not told"]), ...(lacking ? [] : ["an incomplete block is not told"])];
}

function malformed(finding: Finding): readonly string[] {
  const { id, severity, summary, groupKey, blocks, since, consequence, remedy } = finding;
  const texts = [summary, consequence, remedy];
  const problems = [
    ...(FINDING_IDS.includes(id) && SEVERITIES.includes(severity) ? [] : ["id or severity"]),
    ...(texts.every((text) => text !== "" && !NO_VALUE.test(text)) ? [] : ["a text"]),
    ...(groupKey === null || /^(?:0|300000|3600000)@\d+$/.test(groupKey) ? [] : ["its group key"]),
    ...(blocks.every(isUlid) ? [] : ["its blocks"]),
    ...(since === null || INSTANT.test(since) ? [] : [`its time, ${since}`]),
    ...valuesIn(finding.evidence).flatMap(({ path, value }) => (isTold(value) ? [] : [`${path}: ${String(value)}`])),
  ];
  return problems.map((problem) => `${id}: ${problem} of ${JSON.stringify(finding).slice(0, 1000)}`);
}

interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

function valuesIn(value: unknown, path = "evidence"): readonly Leaf[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([name, inner]) => valuesIn(inner, `${path}.${name}`));
}

/** JSON says it as it is. */
function isTold(value: unknown): boolean {
  return value === null || ["string", "boolean"].includes(typeof value) || Number.isFinite(value);
}

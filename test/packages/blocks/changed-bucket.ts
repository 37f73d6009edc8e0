import * as v from "valibot";
import { auditBucket } from "#blocks/audit";
import { compareKeys } from "#blocks/bucket/listing";
import { AuditSettings } from "#config/audit-settings";
import { bucketOfRecording, type RecordedObject, readRecording } from "#local/recorded-bucket";
import { expectedOf, recordingOf } from "#test/factories/recorded-bucket";
import { HOUR, object, ulidAt } from "#test/packages/blocks/factory";

const Meta = v.looseObject({
  minTime: v.number(),
  maxTime: v.number(),
  stats: v.looseObject({}),
  compaction: v.looseObject({ level: v.number(), sources: v.array(v.string()) }),
  thanos: v.looseObject({ labels: v.record(v.string(), v.string()), upload_time: v.optional(v.string()) }),
});
export type RecordedMeta = v.InferOutput<typeof Meta>;

export interface RecordedBlock {
  readonly ulid: string;
  readonly meta: RecordedMeta;
  readonly objects: readonly RecordedObject[];
}

/** The recorded healthy bucket: what real programs leave of 40 days, with nothing wrong. */
export const HEALTHY = await readRecording(recordingOf("healthy"));
const expected = await expectedOf("healthy");
export const NOW = Date.parse(expected.now);
const BLOCKS: readonly RecordedBlock[] = [...Map.groupBy(HEALTHY, ({ key }) => key.slice(0, 26))].flatMap(
  ([ulid, objects]) => {
    const text = objects.find(({ key }) => key.endsWith("/meta.json"))?.content;
    return text === undefined ? [] : [{ ulid, objects, meta: v.parse(Meta, JSON.parse(Buffer.from(text).toString())) }];
  },
);

/** `prod-a` or `prod-b`, and `0` or `1`. */
function isOf({ meta: { thanos } }: RecordedBlock, cluster: string, replica: string): boolean {
  return thanos.labels.cluster === cluster && thanos.labels.prometheus_replica?.at(-1) === replica;
}

/** The heads of one Prometheus that end on 20 November between these hours, oldest first. */
export function heads(cluster: string, replica: string, from = 2, to = 12): readonly RecordedBlock[] {
  const hour = ({ meta: { maxTime } }: RecordedBlock) => (maxTime - Date.parse("2026-11-20T00:00:00Z")) / HOUR;
  return BLOCKS.filter(
    (block) =>
      isOf(block, cluster, replica) && block.meta.compaction.level === 1 && hour(block) >= from && hour(block) <= to,
  );
}

export function head(cluster: string, replica: string, hour: number): RecordedBlock {
  return only(heads(cluster, replica, hour, hour));
}

export function blockOf(ulid: string): RecordedBlock {
  return only(BLOCKS.filter((block) => block.ulid === ulid));
}

function only(blocks: readonly RecordedBlock[]): RecordedBlock {
  const [block, ...more] = blocks;
  if (block === undefined || more.length > 0) throw new Error(`${blocks.length} recorded blocks, not one`);
  return block;
}

export function without(...blocks: readonly RecordedBlock[]): readonly RecordedObject[] {
  const gone = new Set(blocks.map(({ ulid }) => ulid));
  return HEALTHY.filter(({ key }) => !gone.has(key.slice(0, 26)));
}

export interface Change {
  /** When it was cut by its ULID, ms; default: as recorded. */
  readonly cut?: number;
  /** Of everything the store has of it, ms. */
  readonly written?: number;
  /** What meta.json says besides. */
  readonly meta?: (meta: RecordedMeta) => object;
}

let copies = 0;

/** The objects of a block that is like this one, under another ULID where its cut changes. */
export function changed(
  { ulid, meta, objects }: RecordedBlock,
  { cut, written, meta: edit }: Change,
): RecordedObject[] {
  copies += 1;
  const id = cut === undefined ? ulid : ulidAt(cut, `${copies}`);
  const sources = meta.compaction.sources.map((source) => (source === ulid ? id : source));
  const uploaded = written === undefined ? {} : { upload_time: new Date(written).toISOString() };
  const moved = {
    ...meta,
    ulid: id,
    compaction: { ...meta.compaction, sources },
    thanos: { ...meta.thanos, ...uploaded },
  };
  const text = JSON.stringify({ ...moved, ...edit?.(moved) });
  return objects
    .filter(({ key }) => !key.endsWith("-mark.json"))
    .map((one) => {
      const [key, lastModified] = [one.key.replace(ulid, id), written ?? one.lastModified];
      return key.endsWith("/meta.json") ? object(key, text, lastModified) : { ...one, key, lastModified };
    });
}

/** The healthy bucket with these blocks changed. */
export function withChanged(blocks: readonly RecordedBlock[], change: (block: RecordedBlock) => Change) {
  return [...without(...blocks), ...blocks.flatMap((block) => changed(block, change(block)))];
}

/** `critical upload.gap`, of every finding, sorted. */
export async function told(objects: readonly RecordedObject[], settings: object = {}): Promise<readonly string[]> {
  const inOrder = objects.toSorted((a, b) => compareKeys(a.key, b.key));
  const { findings } = await auditBucket({
    bucket: bucketOfRecording(inOrder, { url: "s3://changed" }),
    settings: v.parse(AuditSettings, { ...expected.config, ...settings }),
    now: new Date(NOW),
  });
  return findings.map(({ severity, id }) => `${severity} ${id}`).sort();
}

import type { Block } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import { isArchived } from "#blocks/block/storage-class";
import type { Finding } from "#blocks/finding";
import { isIgnoredByMark } from "#blocks/groups/filters";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { lifecycleRules, restoreObject, toStandard } from "#blocks/remedy-store";
import { counted, firstOf } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const LISTED = 100;
/** Read at once, but at a price for every byte. */
const COLD = "GLACIER_IR";

interface Archived {
  readonly block: Block;
  readonly files: readonly { readonly object: string; readonly storageClass: string; readonly bytes: number }[];
}

/**
 * `block.archived`: objects of live blocks in a storage class that cannot be read without a restore, or whose meta.json S3
 * would not give out for that reason. One finding for the bucket, since one lifecycle rule does it. Glacier Instant
 * Retrieval is an info: it can be read, and every read is billed.
 */
export function blockArchived(model: BucketModel): readonly Finding[] {
  const live = blocksWith(model.parts, isPartlyCold).filter((block) => !isIgnoredByMark(block, model));
  const archived = live.flatMap((block) => archivedOf(block, isArchived));
  const cold = live.flatMap((block) => archivedOf(block, (storageClass) => storageClass === COLD));
  return [
    ...(archived.length === 0 ? [] : [archivedFinding(archived, model)]),
    ...(cold.length === 0 ? [] : [coldFinding(cold, model)]),
  ];
}

/** Whether there is anything to say of it: of nearly no block there is. */
function isPartlyCold({ files, state }: Block): boolean {
  if (state.kind === "archived") return true;
  for (const { storageClass } of files.values()) {
    if (storageClass !== "STANDARD" && (storageClass === COLD || isArchived(storageClass))) return true;
  }
  return false;
}

function archivedOf(block: Block, isMeant: (storageClass: string) => boolean): Archived[] {
  const files = [...block.files]
    .filter(([path, { storageClass }]) => isMeant(classOf(block, path, storageClass)))
    .map(([path, { storageClass, size }]) => ({
      object: `${block.ulid}/${path}`,
      storageClass: classOf(block, path, storageClass),
      bytes: size,
    }));
  return files.length === 0 ? [] : [{ block, files }];
}

/** A listing does not tell the archive tiers of Intelligent-Tiering: that S3 refuses to give meta.json out does. */
function classOf({ state }: Block, path: string, storageClass: string): string {
  const isRefused = state.kind === "archived" && path === "meta.json" && !isArchived(storageClass);
  return isRefused ? "GLACIER" : storageClass;
}

function facts(archived: readonly Archived[]) {
  const files = archived.flatMap((one) => one.files);
  const classes = Map.groupBy(files, ({ storageClass }) => storageClass);
  const streams = new Set(
    archived.flatMap(({ block: { state } }) => (state.kind === "ok" ? [labelsId(state.meta.labels)] : [])),
  );
  return {
    blocks: archived.length,
    streams: streams.size,
    objects: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    classes: [...classes].map(([storageClass, of]) => ({ storageClass, objects: of.length })),
    files: files.slice(0, LISTED),
  };
}

function archivedFinding(archived: readonly Archived[], model: BucketModel): Finding {
  const evidence = facts(archived);
  const [first] = evidence.files;
  const blind = archived.filter(({ block }) => block.state.kind === "archived");
  const stops =
    blind.length === 0
      ? ""
      : ` Of ${counted(blind.length, "block")} (${firstOf(blind.map(({ block }) => block.ulid))}) meta.json itself is archived: Thanos cannot list the bucket's blocks then, so the sync of every compactor and store gateway without a cached copy fails, and the audit judges nothing else of them.`;
  return {
    id: "block.archived",
    severity: "critical",
    summary: `${counted(evidence.objects, "object")} of ${counted(evidence.blocks, "live block")} ${evidence.objects === 1 ? "is" : "are"} archived (${evidence.classes.map(({ storageClass }) => storageClass).join(", ")}): Thanos cannot read them.`,
    labels: {},
    groupKey: null,
    blocks: archived.map(({ block }) => block.ulid),
    since: null,
    evidence,
    consequence: `Queries of their time fail with InvalidObjectState, or lack data, and the compactor fails on them. A lifecycle rule goes on archiving what grows old enough.${stops}`,
    remedy: steps(
      `Find the lifecycle rule, and take the blocks' prefix out of it; else it archives them again:${lifecycleRules(model)}`,
      `Restore every object, here one of them. It loses nothing, takes 3 to 48 h by the class, and is billed by size:${restoreObject(model, first?.object ?? "<key>")}`,
      `Once it is restored, copy it over itself, since a restored copy goes away again after its days:${toStandard(model, archived[0]?.block.ulid ?? "<ULID>")}`,
    ),
  };
}

function coldFinding(cold: readonly Archived[], model: BucketModel): Finding {
  const evidence = facts(cold);
  return {
    id: "block.archived",
    severity: "info",
    summary: `${counted(evidence.objects, "object")} of ${counted(evidence.blocks, "live block")} ${evidence.objects === 1 ? "is" : "are"} in GLACIER_IR: each read is billed by size.`,
    labels: {},
    groupKey: null,
    blocks: cold.map(({ block }) => block.ulid),
    since: null,
    evidence,
    consequence:
      "Nothing fails. Store gateways, compaction and downsampling read whole blocks, so what is saved on storage may be spent on retrieval; and each object is paid for 90 days though the compactor deletes it earlier.",
    remedy: steps(
      `See which lifecycle rule does it, and whether blocks as old as that are still compacted, downsampled or queried:${lifecycleRules(model)}`,
      "Let it begin later than --retention.resolution-raw and 15 d, or leave the blocks in STANDARD or INTELLIGENT_TIERING without archive tiers.",
    ),
  };
}

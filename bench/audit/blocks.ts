import type { FleetBlock } from "#bench/audit/fleet";
import type { Block, ListedFile } from "#blocks/block/block";

const META_BYTES = 1_200;
const MARK_BYTES = 150;

/** A block of a fleet as it is after reading. */
export function blockOf({ meta, mark }: FleetBlock): Block {
  const written = meta.uploadTime ?? meta.maxTime;
  const file = (size: number, at = written, etag = ""): ListedFile => ({
    size,
    lastModified: at,
    etag,
    storageClass: "STANDARD",
  });
  const files = new Map(meta.files.map(({ path, size }) => [path, file(size ?? 0)]));
  files.set("meta.json", file(META_BYTES, written, meta.ulid));
  if (mark !== null) files.set("deletion-mark.json", file(MARK_BYTES, mark.time, `${meta.ulid}d`));
  return {
    ulid: meta.ulid,
    files,
    state: { kind: "ok", meta },
    deletionMark: mark === null ? undefined : { ...mark, reason: "" },
    noCompactMark: undefined,
    noDownsampleMark: undefined,
    refusedMarks: NONE,
  };
}

const NONE: readonly never[] = [];

import type { Block } from "#blocks/block/block";
import type { Mark } from "#blocks/block/marks";
import type { BlockFile, BlockMeta } from "#blocks/block/meta";
import { isAscending, type Sources } from "#blocks/block/sources";
import { ulidTime } from "#blocks/block/ulid";
import { ByteWriter } from "#blocks/index/bytes";
import { ETAG, FLAG, filesOf, RESOLUTIONS, STATES } from "#blocks/index/format";
import { type TableWriter, tableWriter } from "#blocks/index/table";
import { UlidListWriter } from "#blocks/index/ulid-list";

interface Encoding {
  readonly out: ByteWriter;
  readonly table: TableWriter;
  readonly ulids: UlidListWriter;
  /** Of lists that blocks share. */
  readonly runs: Map<Sources, readonly Run[]>;
  /** One after the last ULID that was referred to. */
  next: number;
}

/** The number of the first ULID, and how many follow each other. */
type Run = readonly [first: number, length: number];

/** The blocks of a shard as bytes, before they are compressed; `decodeBlocks` reads them. */
export function encodeBlocks(blocks: readonly Block[]): Buffer {
  const out = new ByteWriter();
  const encoding: Encoding = { out, table: tableWriter(out), ulids: new UlidListWriter(), runs: new Map(), next: 0 };
  for (const block of blocks) putBlock(encoding, block);
  const whole = new ByteWriter();
  encoding.ulids.writeTo(whole);
  whole.uint(blocks.length);
  whole.raw(out.bytes());
  return whole.bytes();
}

function putBlock(encoding: Encoding, block: Block): void {
  const { out } = encoding;
  const { state } = block;
  const time = ulidTime(block.ulid);
  const listed = state.kind === "ok" && sameFiles(state.meta.files, filesOf(block));
  out.uint(STATES.indexOf(state.kind));
  out.uint(
    flag(block.deletionMark, FLAG.deletionMark) +
      flag(block.noCompactMark, FLAG.noCompactMark) +
      flag(block.noDownsampleMark, FLAG.noDownsampleMark) +
      (block.refusedMarks.length > 0 ? FLAG.refusedMarks : 0) +
      (listed ? FLAG.filesAsListed : 0) +
      (state.kind === "ok" ? metaFlags(state.meta) : 0),
  );
  putUlids(encoding, [block.ulid]);
  putListing(encoding, block, time);
  for (const mark of [block.deletionMark, block.noCompactMark, block.noDownsampleMark]) {
    if (mark !== undefined) putMark(encoding, mark, time);
  }
  if (block.refusedMarks.length > 0) out.text(JSON.stringify(block.refusedMarks));
  if (state.kind === "ok") putMeta(encoding, state.meta, { time, listed });
  if (state.kind === "corrupt") out.text(JSON.stringify({ problems: state.problems, effect: state.effect }));
}

function metaFlags({ failed, parentsOverlap, parentGaps }: BlockMeta): number {
  return (
    (failed ? FLAG.failed : 0) +
    (parentsOverlap ? FLAG.parentsOverlap : 0) +
    (parentGaps.length > 0 ? FLAG.parentGaps : 0)
  );
}

function flag(mark: Mark | undefined, bit: number): number {
  return mark === undefined ? 0 : bit;
}

function sameFiles(told: readonly BlockFile[], listed: readonly BlockFile[]): boolean {
  return (
    told.length === listed.length &&
    told.every(({ path, size }, at) => path === listed[at]?.path && size === listed[at]?.size)
  );
}

/** Times as differences: to the ULID's, then from file to file. */
function putListing({ out, table }: Encoding, { files }: Block, time: number): void {
  let before = time;
  out.uint(files.size);
  for (const [path, { size, lastModified, etag, storageClass }] of files) {
    table.text(path);
    table.text(storageClass);
    out.uint(size);
    out.int(lastModified - before);
    before = lastModified;
    const kind = etag === "" ? ETAG.none : /^[0-9a-f]{32}$/.test(etag) ? ETAG.md5 : ETAG.text;
    out.uint(kind);
    if (kind === ETAG.md5) out.raw(Buffer.from(etag, "hex"));
    if (kind === ETAG.text) out.text(etag);
  }
}

function putMark({ out, table }: Encoding, mark: Mark, time: number): void {
  out.int(mark.time - time);
  table.text(mark.reason);
  table.text(mark.details);
}

function putMeta(
  encoding: Encoding,
  meta: BlockMeta,
  { time, listed }: { readonly time: number; readonly listed: boolean },
): void {
  const { out, table } = encoding;
  out.int(time - meta.maxTime);
  out.uint(meta.maxTime - meta.minTime);
  for (const count of [meta.samples, meta.series, meta.chunks, meta.tombstones, meta.level]) out.uint(count);
  for (const list of [meta.sources, meta.parents, meta.rewrittenFrom, meta.rewritten]) putUlids(encoding, list);
  if (meta.parentGaps.length > 0) out.text(JSON.stringify(meta.parentGaps));
  out.uint(meta.hints.length);
  for (const hint of meta.hints) table.text(hint);
  table.labels(meta.labels);
  out.uint(RESOLUTIONS.indexOf(meta.resolution));
  table.text(meta.source);
  // Zero for none: what was uploaded in the millisecond of the ULID is one.
  const uploaded = meta.uploadTime === null ? 0 : meta.uploadTime - time;
  out.int(meta.uploadTime !== null && uploaded >= 0 ? uploaded + 1 : uploaded);
  if (listed) return;
  out.uint(meta.files.length);
  for (const { path, size } of meta.files) {
    table.text(path);
    out.uint(size === null ? 0 : size + 1);
  }
}

/** ULIDs that follow each other in the list, as the sources of a block and of its downsampled ones do, as one run. */
function putUlids(encoding: Encoding, list: Sources): void {
  const { out } = encoding;
  out.uint(2 * list.length + (isAscending(list) ? 1 : 0));
  for (const [first, length] of runsOf(encoding, list)) {
    out.int(first - encoding.next);
    out.uint(length);
    encoding.next = first + length;
  }
}

function runsOf({ ulids, runs }: Encoding, list: Sources): readonly Run[] {
  const known = runs.get(list);
  if (known !== undefined) return known;
  const found: [number, number][] = [];
  for (const ulid of list) {
    const number = ulids.numberOf(ulid);
    const last = found.at(-1);
    if (last !== undefined && last[0] + last[1] === number) last[1] += 1;
    else found.push([number, 1]);
  }
  runs.set(list, found);
  return found;
}

import * as v from "valibot";
import type { Block, ListedFile, MetaState, RefusedMark } from "#blocks/block/block";
import { CORRUPT_EFFECTS } from "#blocks/block/go-meta";
import type { Mark } from "#blocks/block/marks";
import type { BlockFile, BlockMeta } from "#blocks/block/meta";
import { packedSources, type Sources } from "#blocks/block/sources";
import { ulidTime } from "#blocks/block/ulid";
import { ByteReader } from "#blocks/index/bytes";
import { ETAG, FLAG, filesOf, RESOLUTIONS, STATES } from "#blocks/index/format";
import type { Interner } from "#blocks/index/intern";
import { type TableReader, tableReader } from "#blocks/index/table";
import { UlidList } from "#blocks/index/ulid-list";

const Corrupt = v.object({
  problems: v.array(v.object({ field: v.string(), value: v.unknown(), remedy: v.string() })),
  effect: v.picklist(CORRUPT_EFFECTS),
});
const Gaps = v.array(v.object({ from: v.number(), to: v.number() }));
const Refused = v.array(v.object({ file: v.string(), version: v.number() }));

interface Decoding {
  readonly input: ByteReader;
  readonly table: TableReader;
  readonly ulids: UlidList;
  /** Lists that were one run, by it: those of a block and of its downsampled ones are then one in memory. */
  readonly runs: Map<number, Sources>;
  readonly intern: Interner;
  next: number;
}

/** The blocks that `encodeBlocks` wrote. Throws, with one of several errors, for any other bytes. */
export function decodeBlocks(bytes: Buffer, intern: Interner): readonly Block[] {
  const input = new ByteReader(bytes);
  const ulids = new UlidList(input);
  const decoding: Decoding = { input, table: tableReader(input, intern), ulids, runs: new Map(), intern, next: 0 };
  const blocks = Array.from({ length: input.count() }, () => takeBlock(decoding));
  if (!input.isAtEnd()) throw new RangeError("bytes follow the last block");
  return blocks;
}

function takeBlock(decoding: Decoding): Block {
  const { input } = decoding;
  const kind = oneOf(STATES, input.uint());
  const flags = input.uint();
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const ulid = takeUlids(decoding).at(0) ?? "";
  const time = ulidTime(ulid);
  const files = takeListing(decoding, time);
  const mark = (bit: number): Mark | undefined => (has(bit) ? takeMark(decoding, time) : undefined);
  const marks = {
    deletionMark: mark(FLAG.deletionMark),
    noCompactMark: mark(FLAG.noCompactMark),
    noDownsampleMark: mark(FLAG.noDownsampleMark),
  };
  const refusedMarks: readonly RefusedMark[] = has(FLAG.refusedMarks)
    ? v.parse(Refused, JSON.parse(input.text()))
    : NO_MARKS;
  const told = has(FLAG.filesAsListed) ? filesOf({ files }) : undefined;
  const state = takeState(decoding, kind, { ulid, time, flags, told });
  return { ulid, files, state, ...marks, refusedMarks };
}

const NO_MARKS: readonly RefusedMark[] = [];

interface Known {
  readonly ulid: string;
  readonly time: number;
  readonly flags: number;
  /** Files of meta.json where they follow from the listing. */
  readonly told: readonly BlockFile[] | undefined;
}

function takeState(decoding: Decoding, kind: MetaState["kind"], known: Known): MetaState {
  switch (kind) {
    case "absent":
      return ABSENT;
    case "archived":
      return ARCHIVED;
    case "ok":
      return { kind, meta: takeMeta(decoding, known) };
    case "corrupt":
      return { kind, ...v.parse(Corrupt, JSON.parse(decoding.input.text())) };
  }
}

const ABSENT = { kind: "absent" } as const;
const ARCHIVED = { kind: "archived" } as const;

function takeListing({ input, table, intern }: Decoding, time: number): ReadonlyMap<string, ListedFile> {
  const files = new Map<string, ListedFile>();
  let lastModified = time;
  for (let left = input.count(); left > 0; left -= 1) {
    const path = table.text();
    const storageClass = table.text();
    const size = input.uint();
    lastModified += input.int();
    files.set(path, { size, lastModified, etag: takeEtag(input, intern), storageClass });
  }
  return files;
}

function takeEtag(input: ByteReader, intern: Interner): string {
  switch (oneOf([ETAG.none, ETAG.md5, ETAG.text], input.uint())) {
    case ETAG.none:
      return intern.text("");
    case ETAG.md5:
      return input.raw(16).toString("hex");
    case ETAG.text:
      return input.text();
  }
}

function takeMark({ input, table }: Decoding, time: number): Mark {
  return { time: time + input.int(), reason: table.text(), details: table.text() };
}

function takeMeta(decoding: Decoding, { ulid, time, flags, told }: Known): BlockMeta {
  const { input, table } = decoding;
  const maxTime = time - input.int();
  return {
    ulid,
    minTime: maxTime - input.uint(),
    maxTime,
    samples: input.uint(),
    series: input.uint(),
    chunks: input.uint(),
    tombstones: input.uint(),
    level: input.uint(),
    sources: takeUlids(decoding),
    parents: takeUlids(decoding),
    rewrittenFrom: takeArray(decoding),
    rewritten: takeArray(decoding),
    failed: (flags & FLAG.failed) !== 0,
    parentsOverlap: (flags & FLAG.parentsOverlap) !== 0,
    parentGaps: (flags & FLAG.parentGaps) === 0 ? NO_GAPS : v.parse(Gaps, JSON.parse(input.text())),
    hints: takeHints(decoding),
    labels: table.labels(),
    resolution: oneOf(RESOLUTIONS, input.uint()),
    source: table.text(),
    uploadTime: takeUploadTime(input, time),
    files: told ?? takeFiles(decoding),
  };
}

const NONE: readonly string[] = [];
const NO_GAPS: BlockMeta["parentGaps"] = [];

function takeHints({ input, table }: Decoding): readonly string[] {
  const count = input.count();
  return count === 0 ? NONE : Array.from({ length: count }, () => table.text());
}

function takeUploadTime(input: ByteReader, time: number): number | null {
  const uploaded = input.int();
  if (uploaded === 0) return null;
  return time + (uploaded > 0 ? uploaded - 1 : uploaded);
}

function takeFiles({ input, table }: Decoding): readonly BlockFile[] {
  return Array.from({ length: input.count() }, () => {
    const path = table.text();
    const size = input.uint();
    return { path, size: size === 0 ? null : size - 1 };
  });
}

/** Far more than any block has; a longer list could only be an attempt on our memory. */
const LONGEST_LIST = 1_000_000;

function takeUlids(decoding: Decoding): Sources {
  const head = decoding.input.uint();
  const count = Math.floor(head / 2);
  if (count === 0) return NONE;
  if (count > LONGEST_LIST) throw new RangeError("a list is too long");
  const run = takeRun(decoding, count);
  const isPacked = head % 2 === 1 && count > 1;
  if (run.length === count && isPacked) return wholeRun(decoding, run);
  const runs = [run];
  for (let left = count - run.length; left > 0; ) {
    const next = takeRun(decoding, left);
    runs.push(next);
    left -= next.length;
  }
  if (isPacked)
    return packedSources(Buffer.concat(runs.map(({ first, length }) => decoding.ulids.packed(first, length))));
  return runs.flatMap(({ first, length }) => Array.from({ length }, (_, nth) => decoding.ulids.at(first + nth)));
}

function takeArray(decoding: Decoding): readonly string[] {
  const list = takeUlids(decoding);
  return list.length === 0 ? NONE : [...list];
}

interface Run {
  readonly first: number;
  readonly length: number;
}

function takeRun(decoding: Decoding, most: number): Run {
  const first = decoding.next + decoding.input.int();
  const length = decoding.input.uint();
  if (first < 0 || length === 0 || length > most || first + length > decoding.ulids.length) {
    throw new RangeError("a run of ULIDs that are not there");
  }
  decoding.next = first + length;
  return { first, length };
}

function wholeRun({ ulids, runs }: Decoding, { first, length }: Run): Sources {
  const id = first * (LONGEST_LIST + 1) + length;
  const known = runs.get(id);
  if (known !== undefined) return known;
  const list = packedSources(ulids.packed(first, length));
  runs.set(id, list);
  return list;
}

function oneOf<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new RangeError("a value that nobody knows");
  return value;
}

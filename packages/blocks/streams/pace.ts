import type { ReadableBlock } from "#blocks/block/block";
import { ulidTime } from "#blocks/block/ulid";
import { META_FILE } from "#blocks/bucket/directories";
import type { SettingOrigin } from "#blocks/finding";
import { oncePer } from "#blocks/once";
import type { Stream } from "#blocks/streams/stream";
import type { AuditSettings } from "#config/audit-settings";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What is learned is of these last days: with the usual delete delay a bucket has the heads of little more than two. */
const WINDOW = 72 * HOUR;
/** Heads of half an hour are 144 in these days. */
const MOST_HEADS = 200;
const LEAST_UPLOADS = 12;
/** What was that slow only within one day was a bad day. */
const SPREAD = 20 * HOUR;
const MOST_SLACK = HOUR;
/** Above the slowest upload that comes again. */
const MARGIN = 1.5;
/** A restart can bring a delay of up to a tenth of the range (prometheus tsdb/db.go generateCompactionDelay): of 2 h, this. */
const DELAY = 12 * MINUTE;
const DELAY_PART = 0.1;
/** Within a scrape of its time a cut shows no delay. */
const SCRAPE = MINUTE;
const STEADY_UPLOADS = 6;
const STEADY = 2 * MINUTE;

/** How the heads of a stream came lately, and what follows for the next one. Reasons and figures: docs/adr/0012. */
export interface Pace {
  /** How long after its cut is due a block may come, ms. */
  readonly slack: number;
  /** `inferred` where it was learned. */
  readonly origin: SettingOrigin;
  /** That were looked at; none where it was given. */
  readonly uploads: number;
  /** When the next block is there if it comes as the last ones did, ms; undefined where those do not agree. */
  readonly expected: number | undefined;
}

/** Of a head: the end of its samples, when it was cut, and how long it then took to be in the bucket. */
interface Upload {
  readonly end: number;
  readonly cut: number;
  readonly took: number;
}

/**
 * `heads` are the in-order ones that a shipper uploaded, by their creation. A slack is only ever learned to be longer than
 * the default, which is what a restart can bring: an alarm that is too early by a restart is worse than one that is some minutes late.
 */
export function paceOf(stream: Stream, heads: readonly ReadableBlock[], settings: AuditSettings): Pace {
  const { range, isReceive, newest } = stream;
  const isGiven = settings.given.includes("uploadSlack");
  return paceOfHeads(heads, { range, isReceive, end: newest.maxTime, slack: settings.uploadSlack, isGiven });
}

/** What of a stream and of the settings goes into its pace. */
interface Asked extends Pick<Stream, "range" | "isReceive"> {
  /** Of its newest block. */
  readonly end: number;
  readonly slack: number;
  readonly isGiven: boolean;
}

const paceOfHeads = oncePer((heads: readonly ReadableBlock[], asked: Asked): Pace => {
  const { range, slack, isGiven } = asked;
  const uploads = uploadsOf(heads, range);
  const expected = expectedOf(uploads, asked);
  if (isGiven) return { slack, origin: "given", uploads: 0, expected };
  const learned = Math.min(MOST_SLACK, neededBy(uploads, asked));
  if (learned <= slack) return { slack, origin: "default", uploads: uploads.length, expected };
  return { slack: learned, origin: "inferred", uploads: uploads.length, expected };
});

/**
 * By the store's clock: what the producer wrote is missing before Thanos 0.40, and of a replicated block it is of another bucket. What
 * waited for the block before it was not slow itself, and what took longer than any slack was held up.
 */
function uploadsOf(heads: readonly ReadableBlock[], range: number): readonly Upload[] {
  const uploads: Upload[] = [];
  const newest = heads.at(-1);
  const since = newest === undefined ? 0 : ulidTime(newest.ulid) - WINDOW;
  let before = Number.NEGATIVE_INFINITY;
  for (const { ulid, meta, files } of heads.slice(-MOST_HEADS)) {
    const cut = ulidTime(ulid);
    const seen = files.get(META_FILE)?.lastModified;
    if (seen === undefined || cut <= since) continue;
    const took = Math.max(0, seen - Math.max(cut, before));
    before = Math.max(before, seen);
    if (meta.maxTime % range === 0 && took <= MOST_SLACK) uploads.push({ end: meta.maxTime, cut, took });
  }
  return uploads;
}

/** The slack that these uploads need, and those after any restart, up to the minute. */
function neededBy(uploads: readonly Upload[], { isReceive, range }: Asked): number {
  const last = uploads.at(-1);
  if (last === undefined || uploads.length < LEAST_UPLOADS) return 0;
  const wait = Math.max(DELAY, isReceive ? 0 : waitFor(last, range));
  return Math.ceil((wait + MARGIN * slowestThatRecurs(uploads)) / MINUTE) * MINUTE;
}

/** Where heads are cut with a delay, a restart during it begins another. */
function waitFor({ cut, end }: Upload, range: number): number {
  const delay = cut - end - range / 2;
  const most = DELAY_PART * range;
  return delay > SCRAPE && delay <= most + SCRAPE ? delay + most : 0;
}

/** The longest time that uploads took which lie 20 h apart or more: once a day, or always. */
function slowestThatRecurs(uploads: readonly Upload[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { end, took } of uploads.toSorted((a, b) => b.took - a.took)) {
    first = Math.min(first, end);
    last = Math.max(last, end);
    if (last - first >= SPREAD) return took;
  }
  return 0;
}

/** A producer cuts at the same minutes until it restarts; a receiver at any (thanos pkg/receive/multitsdb.go startPeriodicHeadCompaction). */
function expectedOf(uploads: readonly Upload[], { end: newest, range }: Asked): number | undefined {
  const recent = uploads.slice(-STEADY_UPLOADS);
  const last = recent.at(-1);
  if (last === undefined || last.end !== newest || recent.length < STEADY_UPLOADS) return undefined;
  const isSteady = recent.slice(1).every(({ end, cut }, index) => {
    const before = recent[index] ?? last;
    return end - before.end === range && Math.abs(cut - before.cut - range) <= STEADY;
  });
  const took = recent.map((upload) => upload.took).sort((a, b) => a - b)[STEADY_UPLOADS / 2] ?? 0;
  return isSteady ? last.cut + range + took : undefined;
}

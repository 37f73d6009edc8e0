import type { RecordedObject } from "#local/recorded-bucket";
import { NOW, textObject } from "#test/fuzz/base";
import { mutateBytes, mutateJson, nested, oddToken } from "#test/fuzz/odd-json";
import type { Random } from "#test/fuzz/random";
import { anyBlock, anyUlid, SHAPES } from "#test/fuzz/shapes";
import { DAY, HOUR } from "#test/packages/blocks/factory";

/** What the bucket holds, by key. */
export type Objects = Map<string, RecordedObject>;
/** Changes something in the bucket and says what. */
type Mutation = (objects: Objects, random: Random) => string;

export const MUTATIONS: readonly [Mutation, ...Mutation[]] = [
  ...([metaJson, metaJson, metaJson, metaBytes, metaShape, metaWhole] as const),
  ...([markJson, markBytes, strangeKey, strangeKey, lostObject, otherSize, otherTime, copiedBlock] as const),
];

function putText(objects: Objects, key: string, content: Uint8Array | string): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  objects.set(key, textObject(key, bytes, objects.get(key)?.lastModified ?? NOW - 2 * HOUR));
}

/** `JSON.parse` of a text of ours: only JSON comes out of it. */
function jsonOf(value: unknown): Parameters<typeof mutateJson>[0] {
  return JSON.parse(JSON.stringify(value));
}

function metaJson(objects: Objects, random: Random): string {
  const { ulid, meta } = anyBlock(random);
  putText(objects, `${ulid}/meta.json`, mutateJson(jsonOf(meta), random));
  return `a value in ${ulid}/meta.json`;
}

function metaBytes(objects: Objects, random: Random): string {
  const { ulid, meta } = anyBlock(random);
  putText(objects, `${ulid}/meta.json`, mutateBytes(Buffer.from(JSON.stringify(meta)), random));
  return `bytes of ${ulid}/meta.json`;
}

function metaWhole(objects: Objects, random: Random): string {
  const { ulid } = anyBlock(random);
  const text = random.oneIn(8) ? nested(random, 1 + random.int(50_000)) : oddToken(random);
  putText(objects, `${ulid}/meta.json`, text);
  return `all of ${ulid}/meta.json`;
}

const MARKS = ["deletion-mark.json", "no-compact-mark.json", "no-downsample-mark.json"] as const;
/** A meta.json that can be read and is far from what a compactor makes. */
function metaShape(objects: Objects, random: Random): string {
  const { ulid, meta } = anyBlock(random);
  const [what, changed] = random.pick(SHAPES)(random);
  putText(objects, `${ulid}/meta.json`, JSON.stringify({ ...meta, ...changed }));
  return `${what} in ${ulid}/meta.json`;
}

function markOf(ulid: string, name: (typeof MARKS)[number], random: Random): Record<string, unknown> {
  const time = `${name.replace("-mark.json", "").replaceAll("-", "_")}_time`;
  const times = [0, 1, -1, (NOW - 30 * HOUR) / 1000, NOW / 1000, (NOW - 60 * DAY) / 1000, 253_402_300_799] as const;
  const reason = random.pick(["manual", "index-size-exceeding", "", "\u0000"]);
  return {
    id: ulid,
    version: 1,
    details: random.pick(["", "outdated block", "\u001b"]),
    [time]: random.pick(times),
    reason,
  };
}

function markJson(objects: Objects, random: Random): string {
  const { ulid } = anyBlock(random);
  const name = random.pick(MARKS);
  const mark = markOf(ulid, name, random);
  putText(objects, `${ulid}/${name}`, random.oneIn(3) ? JSON.stringify(mark) : mutateJson(jsonOf(mark), random));
  return `a value in ${ulid}/${name}`;
}

function markBytes(objects: Objects, random: Random): string {
  const { ulid } = anyBlock(random);
  const name = random.pick(MARKS);
  putText(objects, `${ulid}/${name}`, mutateBytes(Buffer.from(JSON.stringify(markOf(ulid, name, random))), random));
  return `bytes of ${ulid}/${name}`;
}

function strangeKey(objects: Objects, random: Random): string {
  const { ulid } = anyBlock(random);
  const other = anyUlid(random);
  const key = random.pick([
    ...(["", "/", "//", ".", "..", "\u0000", "\u{10ffff}", "\uffff", "debug/metas/x.json", "x".repeat(1024)] as const),
    ...([ulid, `${ulid}/`, `${ulid}//`, `${ulid}/.`, `${ulid}/../meta.json`, `${ulid}/meta.json/`] as const),
    ...([
      `${ulid.toLowerCase()}/meta.json`,
      `${ulid}x/meta.json`,
      `/${ulid}/meta.json`,
      `a/${ulid}/meta.json`,
    ] as const),
    ...([`${ulid}/chunks/`, `${ulid}/chunks/999999`, `${ulid}/deletion-mark.json.tmp`, `${ulid}/é\u202e`] as const),
    ...([
      `${other}/meta.json`,
      `${other}/index`,
      `${other}/deletion-mark.json`,
      `8${"0".repeat(25)}/meta.json`,
    ] as const),
  ]);
  putText(objects, key, random.bytes(random.int(20)));
  return `an object ${JSON.stringify(key)}`;
}

function anyKey(objects: Objects, random: Random): string {
  const keys = [...objects.keys()];
  return keys[random.int(keys.length)] ?? "";
}

function lostObject(objects: Objects, random: Random): string {
  const key = anyKey(objects, random);
  objects.delete(key);
  return `no ${key}`;
}

function changed(objects: Objects, key: string, change: Partial<RecordedObject>): void {
  const one = objects.get(key);
  if (one !== undefined) objects.set(key, { ...one, ...change });
}

function otherSize(objects: Objects, random: Random): string {
  const key = anyKey(objects, random);
  const size = random.pick([0, 1, 64 * 2 ** 20 + 1, 2 ** 40, Number.MAX_SAFE_INTEGER]);
  changed(objects, key, { size, storageClass: random.pick(["", "GLACIER", "STANDARD", "\u0000"]) });
  return `size ${size} of ${key}`;
}

function otherTime(objects: Objects, random: Random): string {
  const key = anyKey(objects, random);
  const lastModified = random.pick([0, 1, NOW - 400 * DAY, NOW + HOUR, NOW + 400 * DAY, 253_402_300_799_999]);
  changed(objects, key, { lastModified, etag: random.pick(["", "same"]) });
  return `time ${lastModified} of ${key}`;
}

/** A directory again under another ULID, whose meta.json says the first one, or its own. */
function copiedBlock(objects: Objects, random: Random): string {
  const { ulid, meta } = anyBlock(random);
  const copy = anyUlid(random);
  for (const [key, one] of [...objects]) {
    if (key.startsWith(`${ulid}/`)) objects.set(key.replace(ulid, copy), { ...one, key: key.replace(ulid, copy) });
  }
  if (random.oneIn(2)) putText(objects, `${copy}/meta.json`, JSON.stringify({ ...meta, ulid: copy }));
  return `${ulid} again as ${copy}`;
}

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import type { RecordedObject } from "#local/recorded-bucket";
import { OVERLAPS } from "#test/packages/blocks/checks/overlap-cases";
import {
  type BlockSpec,
  blockObjects,
  bucketOf,
  HOUR,
  headBlocks,
  metaOf,
  object,
  settingsOf,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";
import { makeFolderBucket } from "#test/real/servers/block-bucket";
import { paste, thanosCommandsOf } from "#test/real/servers/compactor";

const RUNBOOK = fileURLToPath(new URL("../../../docs/runbook.md", import.meta.url));
const NOW = Date.parse("2026-11-20T13:10:00Z");
const NOON = NOW - 70 * 60_000;
const OLD = NOW - 60 * HOUR;
const FRESH = headBlocks(NOON, 6);

/** Of 8 h, days ago. */
const LONG: BlockSpec = { min: OLD - (OLD % (8 * HOUR)) - 16 * HOUR, max: OLD - (OLD % (8 * HOUR)) - 8 * HOUR };
const SHARED = [ulidAt(OLD, "S9")];

function blockAt(index: number): BlockSpec {
  const spec = FRESH.at(index);
  if (spec === undefined) throw new Error(`no block ${index}`);
  return spec;
}

function withMeta(index: number, change: object): RecordedObject[] {
  const spec = blockAt(index);
  const key = `${ulidOf(spec)}/meta.json`;
  return blockObjects(spec).map((one) =>
    one.key === key ? object(key, JSON.stringify({ ...metaOf(spec), ...change }), NOON) : one,
  );
}

/** One bucket with everything that a remedy of Thanos's is printed for. */
const OBJECTS: readonly RecordedObject[] = [
  // A lost file, two producers, a copied directory, a value without sense, text that is no JSON, another version.
  ...blockObjects(blockAt(0)).filter(({ key }) => !key.endsWith("/index")),
  ...blockObjects(blockAt(1)),
  ...blockObjects({ ...blockAt(1), ulid: ulidAt(NOON, "T") }),
  ...blockObjects(blockAt(1)).map((one) => ({ ...one, key: one.key.replace(/^\w+/, ulidAt(NOON, "C")) })),
  ...withMeta(2, { maxTime: 0 }),
  ...withMeta(3, { stats: "none" }),
  ...withMeta(5, { version: 2 }),
  ...blockObjects(blockAt(4)),
  ...["deletion-mark", "no-compact-mark", "no-downsample-mark"].map((kind) =>
    object(`${ulidOf(blockAt(4))}/${kind}.json`, '{"version":2}', NOON),
  ),
  // No labels, no sample, a deletion that nobody does, a forgotten mark.
  ...blockObjects({ ...blockAt(1), labels: {}, ulid: ulidAt(NOON, "N") }),
  ...blockObjects({ ...blockAt(1), labels: { cluster: "e" }, samples: 0, ulid: ulidAt(NOON, "E") }),
  ...blockObjects({ ...blockAt(1), labels: { cluster: "d" }, markedAt: OLD, ulid: ulidAt(NOON, "D") }),
  ...blockObjects({ ...blockAt(1), labels: { cluster: "k" }, ulid: ulidAt(NOON, "K") }),
  object(`${ulidAt(NOON, "K")}/no-compact-mark.json`, '{"version":1,"reason":"manual","no_compact_time":9}', OLD),
  // Overlaps of every class, each in a cluster of its own.
  ...Object.entries(OVERLAPS).flatMap(([cluster, pair], index) =>
    pair.flatMap((spec, second) =>
      blockObjects({ ...spec, labels: { cluster }, ulid: ulidAt(NOON, `X${index}${second}`) }),
    ),
  ),
  // What the compactor makes again and again, what it would halt on for its sources, and what expires undownsampled.
  ...blockObjects({ ...LONG, labels: { cluster: "t" }, tombstones: 9, ulid: ulidAt(OLD, "T1") }),
  ...blockObjects({ ...blockAt(4), labels: { cluster: "t" }, ulid: ulidAt(NOON, "T2") }),
  ...[0, 1, 2, 3, 4].flatMap((index) =>
    blockObjects({ ...blockAt(index), labels: { cluster: "z" }, samples: 0, ulid: ulidAt(NOON, `Z${index}`) }),
  ),
  ...[0, 1, 2, 3, 4].flatMap((index) =>
    blockObjects({ ...blockAt(index), labels: { cluster: "s" }, sources: SHARED, ulid: ulidAt(NOON, `S${index}`) }),
  ),
  ...blockObjects({ ...LONG, min: LONG.max - 48 * HOUR, labels: { cluster: "x" }, ulid: ulidAt(OLD, "X") }),
  ...blockObjects({ ...LONG, labels: { cluster: "n" }, ulid: ulidAt(OLD, "N1") }),
  object(`${ulidAt(OLD, "N1")}/no-downsample-mark.json`, '{"version":1,"no_downsample_time":9}', OLD),
  // A partial upload that nobody cleans.
  object(`${ulidAt(OLD, "P")}/index`, 9, OLD),
];

async function commandsOfAudit(): Promise<readonly string[]> {
  const { findings } = await auditBucket({
    bucket: bucketOf(OBJECTS),
    settings: settingsOf({ retention: { raw: "5d" } }),
    now: new Date(NOW),
  });
  const commands = findings.flatMap(({ remedy }) => thanosCommandsOf(remedy));
  return [...new Set(commands.map((command) => command.replaceAll(/--id=[0-9A-Z]{26}/g, "--id=<ULID>")))].sort();
}

/** Those in the text, which leave out where the bucket is. */
async function commandsOfRunbook(): Promise<readonly string[]> {
  const text = await readFile(RUNBOOK, "utf8");
  const quoted = [...text.matchAll(/`(thanos tools [^`]+)`/g)].map(([, command = ""]) =>
    command.replaceAll(/\s+/g, " "),
  );
  return [...new Set(quoted)];
}

/** A folder with `objstore.yaml` and a bucket of one block. */
async function deskOf(spec: BlockSpec): Promise<string> {
  return (await makeFolderBucket({ [`${ulidOf(spec)}/meta.json`]: JSON.stringify(metaOf(spec)) })).desk;
}

function filledIn(command: string): string {
  return command
    .replaceAll("<ULID>", ulidOf(blockAt(0)))
    .replaceAll("<file>", "deletion-mark.json")
    .replaceAll("<data dir>", ".")
    .replaceAll("<folder>", ".")
    .replaceAll("<external labels>", 'cluster="a"')
    .replace("--objstore.config-file=...", "--objstore.config-file=objstore.yaml");
}

/** A downsampler goes on until it is ended. */
function run(command: string, desk: string): ReturnType<typeof paste> {
  const isEndless = command.includes(" downsample ");
  return paste(isEndless ? `timeout --preserve-status 5 ${command} --http-address=127.0.0.1:0` : command, desk);
}

const LEFT_OUT = / --(?:objstore|id|details).*?(?= --|$)/g;
const printed = await commandsOfAudit();
const documented = await commandsOfRunbook();

describe("the real Thanos takes every command", () => {
  it.each(printed)("that the audit prints: %s", async (command) => {
    expect(await run(filledIn(command), await deskOf(blockAt(0)))).toMatchObject({ exitCode: 0 });
  });

  it.each(documented)("of the runbook: %s", async (command) => {
    const where = command.includes("--objstore") ? "" : " --objstore.config-file=objstore.yaml";
    expect(await run(filledIn(command) + where, await deskOf(blockAt(0)))).toMatchObject({ exitCode: 0 });
  });

  it("and a downsampler says when its passes are done", async () => {
    const [command = ""] = printed.filter((one) => one.includes(" downsample "));
    const { text } = await run(command, await deskOf(blockAt(0)));
    expect(text).toContain("start second pass of downsampling");
  });

  it("of which there are these: marks set and taken off, both cleanups, and a downsampler", () => {
    const shapes = printed.map((command) => command.replace(/^thanos tools bucket /, "").replaceAll(LEFT_OUT, ""));
    expect([...new Set(shapes)]).toEqual([
      "cleanup",
      "cleanup --delete-delay=0s --consistency-delay=0s",
      "downsample --data-dir=downsample",
      "mark --marker=deletion-mark.json",
      "mark --remove --marker=deletion-mark.json",
      "mark --remove --marker=no-compact-mark.json",
      "mark --remove --marker=no-downsample-mark.json",
      `upload-blocks --path=<folder> --label='cluster="a"' --label='replica="0"'`,
      `upload-blocks --path=<folder> --label='cluster="t"'`,
    ]);
  });
});

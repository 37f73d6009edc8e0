import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { parseDeletionMark, refusedVersion } from "#blocks/block/marks";
import { parseMeta } from "#blocks/block/meta";
import type { Finding } from "#blocks/finding";
import { defaultAuditSettings } from "#config/audit-settings";
import { directoryBucket } from "#local/directory-bucket";
import { metaOf, ulidOf } from "#test/packages/blocks/factory";
import { type FolderBucket, makeFolderBucket } from "#test/real/servers/block-bucket";
import { compactOnce, paste, thanos, thanosCommandsOf } from "#test/real/servers/compactor";

const SPEC = { min: Date.parse("2026-11-20T10:00:00Z"), max: Date.parse("2026-11-20T12:00:00Z") };
const ULID = ulidOf(SPEC);
const META = metaOf(SPEC);

/** A bucket with one block of these files. */
function bucketWith(files: Readonly<Record<string, string>>): Promise<FolderBucket> {
  return makeFolderBucket(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${ULID}/${name}`, text])));
}

type Verdict = "loaded" | "partial" | "refused";

/** What Thanos's own fetcher does with a meta.json. */
async function verdictOfThanos(meta: string): Promise<Verdict> {
  const { objstore } = await bucketWith({ "meta.json": meta });
  const { exitCode, text } = await thanos([
    "tools",
    "bucket",
    "ls",
    `--objstore.config-file=${objstore}`,
    "--log.level=error",
  ]);
  if (exitCode !== 0) {
    expect(text).toContain("unexpected meta file");
    return "refused";
  }
  return text.trim() === "" ? "partial" : "loaded";
}

function verdictOfAudit(meta: string): Verdict {
  const parsed = parseMeta(Buffer.from(meta), ULID);
  return parsed.ok ? "loaded" : parsed.effect;
}

function changed(change: object): string {
  return JSON.stringify({ ...META, ...change });
}

function thanosSection(change: object): string {
  return changed({ thanos: { ...(META.thanos as object), ...change } });
}

/** A number as it is written: JavaScript has no exact one. */
function written(field: string, digits: string): string {
  return changed({ [field]: 987 }).replace("987", digits);
}

const METAS: readonly string[] = [
  changed({}),
  "",
  "null",
  "{}",
  "[]",
  `\uFEFF${changed({})}`,
  changed({ version: 2 }),
  changed({ version: null }),
  changed({ version: "1" }),
  written("version", "1.0"),
  written("maxTime", "9223372036854775807"),
  written("maxTime", "9223372036854775808"),
  written("minTime", "-9223372036854775808"),
  written("minTime", "-9223372036854775809"),
  written("maxTime", "1e15"),
  written("maxTime", "123456789012345678901234567890"),
  changed({ ulid: "short" }),
  changed({ ulid: null }),
  changed({ maxTime: 0 }),
  changed({ stats: { numSamples: -1 } }),
  changed({ stats: { numTombstones: "0" } }),
  changed({ stats: { numFloatSamples: 0.5 } }),
  changed({ stats: { numHistogramSamples: null } }),
  changed({ stats: [] }),
  changed({ compaction: { level: 1, failed: "no" } }),
  changed({ compaction: { level: 1, deletable: 0 } }),
  changed({ compaction: { level: 1, parents: {} } }),
  changed({ compaction: { level: 1, parents: [{ ulid: ULID, minTime: "1" }] } }),
  changed({ compaction: { level: 1, parents: [null], hints: [null] } }),
  changed({ compaction: { level: 1, sources: ["short"] } }),
  thanosSection({ version: 2 }),
  thanosSection({ labels: { a: 1 } }),
  thanosSection({ labels: [] }),
  thanosSection({ index_stats: [] }),
  thanosSection({ index_stats: { series_max_size: 1.5 } }),
  thanosSection({ rewrites: {} }),
  thanosSection({ rewrites: [{ sources: ["short"] }] }),
  thanosSection({ rewrites: [null], extensions: [1.5] }),
  thanosSection({ files: [{ rel_path: "index", hash: "abc" }] }),
  thanosSection({ files: [{ rel_path: "index", hash: null }, null] }),
  thanosSection({ segment_files: [1] }),
  thanosSection({ upload_time: "yesterday" }),
  thanosSection({ upload_time: "2026-02-30T00:00:00Z" }),
  thanosSection({ upload_time: "2028-02-29T00:00:00Z" }),
  thanosSection({ upload_time: "0001-01-01T00:00:00Z" }),
  thanosSection({ upload_time: "0000-01-01T00:00:00Z" }),
  thanosSection({ upload_time: "10000-01-01T00:00:00Z" }),
  thanosSection({ upload_time: "2026-11-20T1:00:00,5+24:60" }),
  thanosSection({ upload_time: "2026-11-20T12:00:60Z" }),
  thanosSection({ upload_time: "2026-11-20T12:00:00.1234567890123Z" }),
  thanosSection({ upload_time: null }),
  thanosSection({ source: 1 }),
  changed({}).replace('"version"', '"VERSION"'),
  changed({}).replace('"version"', '"ver\u017Fion"'),
  changed({}).replace('"version"', '"ver-sion"'),
  changed({ Version: 2 }),
  changed({ version: 2, Version: 1 }),
  changed({ stats: { NUMSAMPLES: -1 } }),
  thanosSection({ Upload_Time: "yesterday" }),
];

describe("a meta.json is taken by the audit as by Thanos", () => {
  it.each(METAS)("%s", async (meta) => {
    expect(verdictOfAudit(meta)).toBe(await verdictOfThanos(meta));
  });
});

const MARKS: readonly string[] = [
  '{"version":1,"deletion_time":1}',
  '{"version":2,"deletion_time":1}',
  '{"deletion_time":1}',
  '{"version":0}',
  "null",
  "{",
  "[]",
  '{"version":2,"id":"short"}',
  '{"version":"2"}',
  '{"version":1,"deletion_time":"1"}',
  '{"version":2,"deletion_time":9223372036854775808}',
];

describe("a deletion mark is taken by the audit as by Thanos", () => {
  it.each(MARKS)("%s", async (mark) => {
    const { objstore } = await bucketWith({ "meta.json": changed({}), "deletion-mark.json": mark });
    const args = ["--exclude-delete", `--objstore.config-file=${objstore}`, "--log.level=error"];
    const { exitCode, text } = await thanos(["tools", "bucket", "ls", ...args]);
    const [isRefused, isMarked] = [
      refusedVersion(Buffer.from(mark)) !== undefined,
      parseDeletionMark(Buffer.from(mark)) !== undefined,
    ];

    expect([isRefused, isMarked]).toEqual([exitCode !== 0, exitCode === 0 && text.trim() === ""]);
  });
});

describe.each(["deletion-mark", "no-compact-mark", "no-downsample-mark"])("a %s of another version", (kind) => {
  it("stops the compactor as the audit says, until the command of the remedy has taken it off", async () => {
    const { folder, desk, objstore } = await bucketWith({
      "meta.json": changed({}),
      [`${kind}.json`]: '{"version":2}',
    });
    const foundIn = async (): Promise<readonly Finding[]> => {
      const now = new Date(SPEC.max + 7_200_000);
      const { findings } = await auditBucket({
        bucket: directoryBucket(folder),
        settings: defaultAuditSettings(),
        now,
      });
      return findings.filter(({ id }) => id === "block.version");
    };
    const [finding] = await foundIn();
    const [command = ""] = thanosCommandsOf(finding?.remedy ?? "");
    const stopped = await compactOnce({ objstore });

    expect(stopped.exitCode).toBe(1);
    expect(stopped.text).toContain(`unexpected ${kind} file version 2`);
    expect(finding?.consequence).toContain(`unexpected ${kind} file version 2`);

    expect(await paste(command, desk)).toMatchObject({ exitCode: 0 });
    expect(await compactOnce({ objstore })).toMatchObject({ exitCode: 0 });
    expect(await foundIn()).toEqual([]);
  });
});

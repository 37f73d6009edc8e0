import { describe, expect, it } from "vitest";
import { parseMeta } from "#blocks/block/meta";
import { at, metaOf, ulidAt, ulidOf } from "#test/packages/blocks/factory";

const SPEC = { min: at("2026-11-20T10:00:01.209Z"), max: at("2026-11-20T12:00:00Z") };
const ULID = ulidOf(SPEC);

function parse(raw: unknown, directory = ULID) {
  return parseMeta(Buffer.from(typeof raw === "string" ? raw : JSON.stringify(raw)), directory);
}

function withThanos(thanos: object): object {
  const meta = metaOf(SPEC);
  return { ...meta, thanos: { ...(meta.thanos as object), ...thanos } };
}

function metaValue(raw: unknown) {
  const parsed = parse(raw);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe("parseMeta", () => {
  it.each([
    { parents: "0-10 10-20", gaps: [], overlap: false },
    { parents: "0-10 10.5-20", gaps: [], overlap: false },
    {
      parents: "0-10 11-20 30-40",
      gaps: [
        [10, 11],
        [20, 30],
      ],
      overlap: false,
    },
    { parents: "30-40 0-10 5-31", gaps: [], overlap: true },
    { parents: "0-20 5-10", gaps: [], overlap: true },
    { parents: "0-0 50-40 10-20", gaps: [], overlap: false },
  ])("tells where the parents $parents (minutes) leave a minute or more", ({ parents, gaps, overlap }) => {
    const minutes = parents.split(" ").map((range) => {
      const [from = 0, to = 0] = range.split("-").map(Number);
      return { ulid: ULID, minTime: from * 60_000, maxTime: to * 60_000 };
    });
    const { parentGaps, parentsOverlap } = metaValue(metaOf({ ...SPEC, parents: minutes }));
    expect(parentsOverlap).toBe(overlap);
    expect(parentGaps.map(({ from, to }) => [from / 60_000, to / 60_000])).toEqual(gaps);
  });

  it("reads what the checks need", () => {
    expect(metaValue(metaOf(SPEC))).toEqual({
      ulid: ULID,
      minTime: SPEC.min,
      maxTime: SPEC.max,
      samples: 1680,
      series: 14,
      chunks: 14,
      tombstones: 0,
      level: 1,
      sources: [ULID],
      parents: [],
      parentGaps: [],
      parentsOverlap: false,
      rewrittenFrom: [],
      failed: false,
      hints: [],
      labels: { cluster: "a", replica: "0" },
      resolution: 0,
      source: "sidecar",
      files: [
        { path: "chunks/000001", size: 100 },
        { path: "index", size: 50 },
      ],
      uploadTime: at("2026-11-20T13:00:00Z"),
      rewritten: [],
    });
  });

  it("reads what the compactor plans by", () => {
    const spec = metaOf(SPEC);
    const parents = [{ ulid: ULID, minTime: 0, maxTime: 1 }];
    const compaction = { ...Object(spec.compaction), parents, failed: true };
    const stats = { ...Object(spec.stats), numTombstones: 3 };
    expect(metaValue({ ...spec, compaction, stats })).toMatchObject({ parents: [ULID], failed: true, tombstones: 3 });
  });

  it("takes names as Go does, whatever their case, and the last of several", () => {
    const { minTime, stats, ...rest } = metaOf(SPEC);
    const odd = { MinTime: minTime, STATS: { ...Object(stats), NUMSAMPLES: 5 }, maxTime: 1, MAXTIME: rest.maxTime };
    const meta = { ...rest, ...odd };
    expect(metaValue(meta)).toMatchObject({ minTime: SPEC.min, maxTime: SPEC.max, samples: 5 });
  });

  it("takes year 1 as no upload time", () => {
    expect(metaValue(withThanos({ upload_time: "0001-01-01T00:00:00Z" })).uploadTime).toBeNull();
  });

  it("reads an upload time with nanoseconds", () => {
    const { uploadTime } = metaValue(withThanos({ upload_time: "2026-11-20T13:00:51.336389025Z" }));
    expect(uploadTime).toBe(at("2026-11-20T13:00:51.336Z"));
  });

  it("takes null labels, missing stats and a missing thanos section as empty", () => {
    expect(metaValue(withThanos({ labels: null })).labels).toEqual({});
    expect(metaValue(withThanos({ labels: { a: null, b: "c" } })).labels).toEqual({ a: "", b: "c" });
    const { stats: _, thanos: __, ...vanilla } = metaOf(SPEC);
    expect(metaValue(vanilla)).toMatchObject({ samples: 0, series: 0, labels: {}, source: "", resolution: 0 });
  });

  it("passes over fields that it does not know", () => {
    expect(parse({ ...withThanos({ extensions: { x: [1] } }), more: { deep: true } }).ok).toBe(true);
  });

  it("refuses a wrong type in a field that no check uses: Thanos takes such a block for a partial upload", () => {
    const parsed = parse({ ...metaOf(SPEC), stats: { numSamples: 1, numTombstones: "0" } });
    expect(parsed).toMatchObject({ ok: false, problems: [{ field: "stats.numTombstones" }], effect: "partial" });
  });

  it("keeps labels whatever they are called", () => {
    const labels = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');
    expect(Object.entries(metaValue(withThanos({ labels })).labels)).toEqual(Object.entries(labels));
  });

  it("knows the files by segment_files where there is no list with sizes", () => {
    const { files } = metaValue(withThanos({ files: null, segment_files: ["000001", "000002"] }));
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ["chunks/000001", null],
      ["chunks/000002", null],
      ["index", null],
    ]);
  });

  it("demands an index and a first segment of a block without any list", () => {
    const { files } = metaValue(withThanos({ files: undefined }));
    expect(files.map(({ path }) => path)).toEqual(["chunks/000001", "index"]);
  });

  it("refuses the meta.json of another block", () => {
    const parsed = parse(metaOf(SPEC), ulidAt(0));
    expect(parsed).toMatchObject({ ok: false, problems: [{ field: "ulid", value: ULID }] });
  });

  it.each([
    ["cut text", JSON.stringify(metaOf(SPEC)).slice(0, 200), "(root)"],
    ["nothing", "", "(root)"],
    ["a byte order mark", `\uFEFF${JSON.stringify(metaOf(SPEC))}`, "(root)"],
    ["an array", [], "(root)"],
    ["null", "null", "(root)"],
    ["version 2", { ...metaOf(SPEC), version: 2 }, "version"],
    ["an unknown Thanos version", withThanos({ version: 9 }), "thanos.version"],
    ["a string for a time", { ...metaOf(SPEC), minTime: "now" }, "minTime"],
    ["a time beyond all dates", { ...metaOf(SPEC), maxTime: 1e300 }, "maxTime"],
    ["a fraction", { ...metaOf(SPEC), maxTime: SPEC.max + 0.5 }, "maxTime"],
    ["an end before the beginning", { ...metaOf(SPEC), maxTime: SPEC.min }, "maxTime"],
    ["a negative count", { ...metaOf(SPEC), stats: { numSamples: -1 } }, "stats.numSamples"],
    ["stats as an array", { ...metaOf(SPEC), stats: [] }, "stats"],
    ["a source that is no ULID", { ...metaOf(SPEC), compaction: { level: 1, sources: ["x"] } }, "compaction.sources.0"],
    ["a label that is no string", withThanos({ labels: { cluster: 7 } }), "thanos.labels"],
    ["labels as an array", withThanos({ labels: ["a"] }), "thanos.labels"],
    ["an unknown resolution", withThanos({ downsample: { resolution: 7 } }), "thanos.downsample.resolution"],
    ["an upload time that is none", withThanos({ upload_time: "yesterday" }), "thanos.upload_time"],
    ["a file without a path", withThanos({ files: [{ size_bytes: 1 }] }), "thanos.files.0.rel_path"],
  ])("tells what is wrong with %s", (_, raw, field) => {
    const parsed = parse(raw);
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.field)).toContain(field);
  });

  it("repeats no more than a little of a bad value", () => {
    const parsed = parse({ ...metaOf(SPEC), minTime: "x".repeat(1_000_000), maxTime: [[[[]]]] });
    expect(JSON.stringify(parsed).length).toBeLessThan(1000);
  });
});

import { describe, expect, it } from "vitest";
import { corruptEffect, decodingProblems } from "#blocks/block/go-meta";
import { readJson } from "#blocks/block/json";
import { parseMeta } from "#blocks/block/meta";
import { metaOf } from "#test/packages/blocks/factory";

const META = metaOf({ min: 1000, max: 2000 });

function effect(content: unknown): string {
  return corruptEffect(readJson(Buffer.from(typeof content === "string" ? content : JSON.stringify(content))));
}

function thanos(change: object): object {
  return { ...META, thanos: { ...(META.thanos as object), ...change } };
}

/** Big numbers as they are written: JavaScript has no exact ones. */
function withText(field: string, digits: string): string {
  return JSON.stringify({ ...META, [field]: 987 }).replace("987", digits);
}

// What Thanos 0.42.4 did with these; test/real/scenarios/bad-metas.test.ts asks it again.
describe("corruptEffect", () => {
  it.each([
    "",
    "{",
    "[]",
    '"x"',
    { ...META, version: "1" },
    { ...META, ulid: "xyz" },
    { ...META, minTime: 1.5 },
    { ...META, maxTime: 2 ** 65 },
    withText("maxTime", "9223372036854775808"),
    withText("minTime", "-9223372036854775809"),
    withText("minTime", "1.0"),
    withText("maxTime", "1e3"),
    { ...META, stats: { numTombstones: "0" } },
    { ...META, compaction: { failed: "no" } },
    { ...META, compaction: { parents: [{ minTime: "1" }] } },
    thanos({ index_stats: [] }),
    thanos({ rewrites: {} }),
    thanos({ files: [{ rel_path: "index", hash: "abc" }] }),
    { ...META, stats: { numSamples: -1 } },
    { ...META, compaction: { sources: ["x"] } },
    thanos({ labels: { a: 1 } }),
    thanos({ labels: [] }),
    thanos({ files: {} }),
    thanos({ upload_time: "yesterday" }),
    { ...META, thanos: [] },
  ])("is partial for what Go cannot decode: %j", (content) => {
    expect(effect(content)).toBe("partial");
  });

  it.each(["null", "{}", { ...META, version: 2 }, { ...META, version: null }, { ...META, version: undefined }])(
    "is refused for another version than 1: %j",
    (content) => {
      expect(effect(content)).toBe("refused");
    },
  );

  it.each([
    { ...META, ulid: null },
    { ...META, minTime: null },
    { ...META, minTime: -(2 ** 62) },
    withText("maxTime", "9223372036854775807"),
    withText("minTime", "-9223372036854775808"),
    { ...META, stats: { numTombstones: null } },
    thanos({ extensions: 1.5, rewrites: [null, { sources: null }] }),
    { ...META, maxTime: 0 },
    { ...META, compaction: { level: -1 } },
    { ...META, stats: { numSamples: 2 ** 60 } },
    thanos({ version: 2 }),
    thanos({ downsample: { resolution: 60_000 } }),
    thanos({ files: [{ rel_path: "", size_bytes: -1 }] }),
    thanos({ labels: null, files: null, source: null }),
  ])("is loaded for what Go decodes and nobody checks: %j", (content) => {
    expect(effect(content)).toBe("loaded");
  });
});

describe("decodingProblems", () => {
  it("finds none in what Thanos writes", () => {
    expect(decodingProblems(readJson(Buffer.from(JSON.stringify(META))))).toEqual([]);
  });

  it("names fields that the audit does not use, and repeats no number that JavaScript has changed", () => {
    const text = withText("stats", '{"numSamples":1680,"numTombstones":1.0}');
    expect(decodingProblems(readJson(Buffer.from(text)))).toMatchObject([
      { field: "stats.numTombstones", value: "(number)" },
    ]);
  });

  it("takes digits in strings for what they are", () => {
    const text = JSON.stringify(thanos({ labels: { a: "x: 1.5, y", b: '\\", [12345678901234567890]' } }));
    expect(decodingProblems(readJson(Buffer.from(text)))).toEqual([]);
  });
});

describe("parseMeta", () => {
  const ulid = META.ulid as string;
  const full = {
    ...META,
    stats: { numSamples: 1, numFloatSamples: 1, numHistogramSamples: 0, numSeries: 1, numChunks: 1, numTombstones: 0 },
    compaction: {
      ...{ level: 2, sources: [ulid], deletable: false, failed: false, hints: ["from-out-of-order"] },
      parents: [{ ulid, minTime: 1000, maxTime: 2000 }],
    },
    thanos: {
      ...{ version: 1, labels: { cluster: "a" }, downsample: { resolution: 0 }, source: "compactor" },
      segment_files: ["000001"],
      files: [{ rel_path: "index", size_bytes: 7, hash: { hashFunc: "SHA256", value: "ab" } }],
      rewrites: [{ sources: [ulid], deletions_applied: [{}], relabels_applied: [{}] }],
      index_stats: { series_max_size: 1, chunk_max_size: 1 },
      upload_time: "2026-11-20T13:10:00Z",
    },
  };
  const odd = [
    ...[
      "null",
      "true",
      "false",
      "0",
      "1",
      "-1",
      "1.0",
      "1.5",
      "1e3",
      "[]",
      "{}",
      "[null]",
      "[{}]",
      "[1]",
      '["x"]',
      '""',
    ],
    ...['"x"', '"8ZZZZZZZZZZZZZZZZZZZZZZZZZ"', '"01ZZZZZZZZZZZZZZZZZZZZZZZI"', '{"a":1}', '{"a":null}'],
    ...["9007199254740993", "9223372036854775808", "18446744073709551616", "123456789012345678901234567890"],
    ...[
      '"2026-11-20T24:00:00Z"',
      '"2026-11-20T13:10:00.1234567890Z"',
      '"2026-11-20T13:10:00+25:00"',
      '"0000-00-00T00:00:00Z"',
    ],
  ];

  /** The value at each path of an object, replaced by each of `odd`. */
  function variants(value: unknown, wrap: (text: string) => string): readonly string[] {
    const here = odd.map(wrap);
    if (typeof value !== "object" || value === null) return here;
    const entries = Object.entries(value);
    const inside = entries.flatMap(([name, one]) =>
      variants(one, (text) => {
        const members = entries.map(([other, kept]) => [other, other === name ? text : JSON.stringify(kept)] as const);
        if (Array.isArray(value)) return wrap(`[${members.map(([, of]) => of).join(",")}]`);
        return wrap(`{${members.map(([of, said]) => `${JSON.stringify(of)}:${said}`).join(",")}}`);
      }),
    );
    return [...here, ...inside];
  }

  it("takes nothing that Go cannot decode, whichever field is odd", () => {
    const texts = variants(full, (text) => text).map((text) => Buffer.from(text));
    const taken = texts.filter((text) => parseMeta(text, ulid).ok);

    expect(parseMeta(Buffer.from(JSON.stringify(full)), ulid)).toMatchObject({ ok: true });
    expect([texts.length > 1000, taken.length > 100]).toEqual([true, true]);
    expect(taken.filter((text) => decodingProblems(readJson(text)).length > 0).map(String)).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { corruptEffect, decodingProblems } from "#blocks/go-meta";
import { readJson } from "#blocks/json";
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

import { describe, expect, it } from "vitest";
import { corruptEffect } from "#blocks/go-meta";
import { metaOf } from "#test/packages/blocks/factory";

const META = metaOf({ min: 1000, max: 2000 });

function effect(content: unknown): string {
  return corruptEffect(Buffer.from(typeof content === "string" ? content : JSON.stringify(content)));
}

function thanos(change: object): object {
  return { ...META, thanos: { ...(META.thanos as object), ...change } };
}

// What Thanos 0.42.4 did with these.
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

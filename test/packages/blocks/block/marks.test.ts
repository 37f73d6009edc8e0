import { describe, expect, it } from "vitest";
import { parseDeletionMark, parseNoCompactMark, parseNoDownsampleMark, refusedVersion } from "#blocks/block/marks";

function bytes(value: unknown): Uint8Array {
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

describe("parseDeletionMark", () => {
  it("turns seconds into milliseconds", () => {
    const mark = {
      id: "01M7SHQAWCB87CA30B4X36M54Y",
      version: 1,
      deletion_time: 1_700_000_000,
      details: "outdated block",
    };
    expect(parseDeletionMark(bytes(mark))).toEqual({ time: 1_700_000_000_000, reason: "", details: "outdated block" });
  });

  it.each(["", "{", { version: 2, deletion_time: 1 }, { id: "x", version: 1 }, { version: 1, deletion_time: 1e15 }])(
    "takes %j as no mark",
    (content) => {
      expect(parseDeletionMark(bytes(content))).toBeUndefined();
    },
  );
});

describe("parseDeletionMark of a mark without a time", () => {
  it.each([{}, { deletion_time: null }, { deletion_time: -5 }])(
    "takes it as marked in 1970, as Thanos does: %j",
    (rest) => {
      expect(parseDeletionMark(bytes({ version: 1, ...rest }))?.time).toBe(0);
    },
  );
});

describe("parseNoCompactMark", () => {
  it("keeps the reason", () => {
    const mark = { version: 1, no_compact_time: 5, reason: "manual" };
    expect(parseNoCompactMark(bytes(mark))).toEqual({ time: 5000, reason: "manual", details: "" });
  });

  it("takes a half-written one as no mark", () => {
    expect(parseNoCompactMark(bytes('{"version":1,'))).toBeUndefined();
  });
});

describe("parseNoDownsampleMark", () => {
  it("keeps the reason, and takes a half-written one as no mark", () => {
    const mark = { version: 1, no_downsample_time: 5, reason: "manual" };
    expect(parseNoDownsampleMark(bytes(mark))).toEqual({ time: 5000, reason: "manual", details: "" });
    expect(parseNoDownsampleMark(bytes("{"))).toBeUndefined();
  });
});

// What Thanos 0.42.4 did with these; test/real/scenarios/bad-metas.test.ts asks it again.
describe("refusedVersion", () => {
  it.each([
    [{ version: 2 }, 2],
    [{ version: 0 }, 0],
    [{ id: "01M7SHQAWCB87CA30B4X36M54Y" }, 0],
    ["null", 0],
  ])("is that of %j", (content, version) => {
    expect(refusedVersion(bytes(content))).toBe(version);
  });

  it.each([{ version: 1 }, "{", "[]", { version: 2, id: "x" }, { version: "2" }, { version: 2, deletion_time: "1" }])(
    "is none of %j, which Thanos takes or passes over",
    (content) => {
      expect(refusedVersion(bytes(content))).toBeUndefined();
    },
  );
});

import { describe, expect, it } from "vitest";
import { parseMeta } from "#blocks/block/meta";
import { fuzz } from "#test/fuzz/run";
import { metaOf, ulidAt } from "#test/packages/blocks/factory";

const SPEC = { min: 0, max: 7_200_000, ulid: ulidAt(7_200_000) };
const TEXT = JSON.stringify(metaOf(SPEC));
const CASES = 20_000;
const SHARE = 4000;

describe("auditBucket of a bucket with mutated metas, marks, keys and listings", () => {
  const shares = Array.from({ length: CASES / SHARE }, (_, index) => index * SHARE);

  it.each(shares)("tells what is broken, and judges the rest: cases from %i on", { timeout: 120_000 }, async (from) => {
    expect(await fuzz({ seed: 20_261_120, from, to: from + SHARE })).toEqual([]);
  });
});

describe("parseMeta", () => {
  it.each([
    ["nothing", ""],
    ["one that is cut in the middle", TEXT.slice(0, TEXT.length / 2)],
    ["one without its closing brace", TEXT.slice(0, -1)],
    ["a number for the labels", JSON.stringify({ ...metaOf(SPEC), thanos: { labels: 7 } })],
    ["a negative count", JSON.stringify({ ...metaOf(SPEC), stats: { numSamples: -1 } })],
    ["a huge time", JSON.stringify({ ...metaOf(SPEC), maxTime: 1e308 })],
    ["a list for the root", "[]"],
  ])("calls %s bad", (_, text) => {
    expect(parseMeta(Buffer.from(text), SPEC.ulid).ok).toBe(false);
  });
});

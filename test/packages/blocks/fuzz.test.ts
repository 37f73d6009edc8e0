import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { parseMeta } from "#blocks/meta";
import { memoryObjectStore } from "#local/memory-object-store";
import {
  at,
  blockObjects,
  bucketOf,
  HOUR,
  headBlocks,
  metaOf,
  object,
  settingsOf,
  ulidOf,
} from "#test/packages/blocks/factory";

const NOW = at("2026-11-20T13:10:00Z");
const NOON = at("2026-11-20T12:00:00Z");
const LATE = headBlocks(NOON - 8 * HOUR, 3, { labels: { cluster: "late" } });
const SPEC = { min: NOON - 2 * HOUR, max: NOON, labels: { cluster: "bad" } };
const ULID = ulidOf(SPEC);
const TEXT = JSON.stringify(metaOf(SPEC));

const path = fc.constantFrom(
  ["ulid"],
  ["minTime"],
  ["maxTime"],
  ["version"],
  ["stats"],
  ["stats", "numSamples"],
  ["compaction"],
  ["compaction", "sources"],
  ["compaction", "level"],
  ["compaction", "hints"],
  ["thanos"],
  ["thanos", "labels"],
  ["thanos", "labels", "cluster"],
  ["thanos", "downsample"],
  ["thanos", "files"],
  ["thanos", "upload_time"],
);
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    1e308,
    -1,
    -1e15,
    0.5,
    "",
    "x".repeat(5000),
    null,
    [],
    {},
    [[[]]],
    true,
    2 ** 53,
    -(2 ** 63),
  ),
  fc.anything({ withNullPrototype: false, withBigInt: false, withDate: false }),
);

/** The meta with one value replaced, as text. */
function replaced(at: readonly string[], value: unknown): string {
  const meta = metaOf(SPEC);
  let holder: Record<string, unknown> = meta;
  for (const name of at.slice(0, -1)) holder = holder[name] as Record<string, unknown>;
  holder[at.at(-1) ?? ""] = value;
  return JSON.stringify(meta) ?? "";
}

const mutated = fc.oneof(
  fc.nat(TEXT.length).map((end) => Buffer.from(TEXT.slice(0, end))),
  fc.tuple(fc.nat(TEXT.length - 1), fc.integer({ min: 0, max: 7 })).map(([index, bit]) => {
    const bytes = Buffer.from(TEXT);
    bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
    return bytes;
  }),
  fc.tuple(path, odd).map(([where, value]) => Buffer.from(replaced(where, value))),
  fc
    .constantFrom("__proto__", "constructor", "prototype")
    .map((name) => Buffer.from(TEXT.replace('"stats"', `"${name}"`))),
  fc.constantFrom("__proto__", "constructor").map((name) => Buffer.from(TEXT.replace('"cluster"', `"${name}"`))),
  fc.integer({ min: 1, max: 50_000 }).map((depth) => Buffer.from("[".repeat(depth) + "]".repeat(depth))),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => {
    const nested = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    return Buffer.from(TEXT.replace(/"stats":\{[^}]*\}/, () => `"stats":${nested}`));
  }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);

describe("auditBucket with a mutated meta.json", () => {
  it("reports every bad one and judges the rest of the bucket", { timeout: 120_000 }, async () => {
    const rest = LATE.flatMap(blockObjects);
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const bad = { ...object(`${ULID}/meta.json`, 0, NOON + HOUR), size: bytes.length, content: bytes };
        const others = blockObjects(SPEC).filter(({ key }) => key !== bad.key);
        const { findings } = await auditBucket({
          bucket: bucketOf([...rest, ...others, bad]),
          settings: settingsOf(),
          now: new Date(NOW),
          index: memoryObjectStore(),
        });

        expect(findings.some(({ id, labels }) => id === "upload.late" && labels.cluster === "late")).toBe(true);
        const isReported = findings.some(({ id, blocks }) => id === "block.meta-corrupt" && blocks.includes(ULID));
        expect(isReported).toBe(!parseMeta(bytes, ULID).ok);
        expect(() => JSON.stringify(findings)).not.toThrow();
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["nothing", ""],
    ["cut in the middle", TEXT.slice(0, TEXT.length / 2)],
    ["without its closing brace", TEXT.slice(0, -1)],
    ["a number for the labels", replaced(["thanos", "labels"], 7)],
    ["a negative count", replaced(["stats", "numSamples"], -1)],
    ["a huge time", replaced(["maxTime"], 1e308)],
    ["a list for the root", "[]"],
  ])("calls %s bad", (_, text) => {
    expect(parseMeta(Buffer.from(text), ULID).ok).toBe(false);
  });
});

import { type BaseBlock, BLOCKS, NOW } from "#test/fuzz/base";
import type { Random } from "#test/fuzz/random";
import { DAY } from "#test/packages/blocks/factory";

/** Members of a meta.json that can be read, and that no compactor makes. */
type Shape = (random: Random) => readonly [string, object];
const EXTREMES = [-62_135_596_800_000, -1, 0, 1, NOW, NOW + DAY, 253_402_300_799_998, 253_402_300_799_999] as const;
export const SHAPES: readonly [Shape, ...Shape[]] = [
  (random) => {
    const times = [random.pick(EXTREMES), random.pick(EXTREMES) + random.int(3)].sort((a, b) => a - b);
    return ["a range of years", { minTime: times[0], maxTime: times[1] }];
  },
  (random) => {
    const sources = Array.from({ length: random.oneIn(50) ? 20_000 : random.int(50) }, () => anyUlid(random));
    return [
      "many sources",
      { compaction: { level: random.int(2 ** 31), sources, parents: [{ ulid: anyUlid(random) }] } },
    ];
  },
  (random) => {
    const paths = [
      "../x",
      "/",
      "index",
      "chunks/000001",
      "meta.json",
      "a//b",
      "deletion-mark.json",
      "\u0000",
      "é".repeat(500),
    ];
    const files = Array.from({ length: random.oneIn(50) ? 20_000 : random.int(8) }, () => ({
      rel_path: paths[random.int(paths.length)],
      size_bytes: random.pick([0, 1, 100, Number.MAX_SAFE_INTEGER]),
    }));
    return [
      "strange files",
      { thanos: { labels: { cluster: "x", replica: "0" }, downsample: {}, source: "sidecar", files } },
    ];
  },
  (random) => {
    const names = [
      "__proto__",
      "constructor",
      "cluster",
      "replica",
      "",
      "a,b=c",
      "\n",
      "\u001b[31m",
      "é".repeat(300),
      "\ud800",
    ];
    const pairs = Array.from({ length: random.oneIn(50) ? 3000 : random.int(5) }, (_, index) => [
      index < 5 ? names[random.int(names.length)] : `label${index}`,
      names[random.int(names.length)],
    ]);
    const labels: unknown = Object.fromEntries(pairs);
    const source = random.pick(["", "sidecar", "receive", "compactor", "bucket.rewrite", "\u0000"]);
    return [
      "strange labels",
      { thanos: { labels, downsample: { resolution: random.pick([0, 300_000, 3_600_000]) }, source } },
    ];
  },
  (random) => ["all zero", { stats: random.oneIn(2) ? {} : { numSamples: 0 }, compaction: { level: 0, sources: [] } }],
];

export function anyBlock(random: Random): BaseBlock {
  const [first, ...rest] = BLOCKS;
  if (first === undefined) throw new Error("no blocks to mutate");
  return random.pick([first, ...rest]);
}

export function anyUlid(random: Random): string {
  return random.pick([
    anyBlock(random).ulid,
    `7ZZZZZZZZZ${"Z".repeat(16)}`,
    "0".repeat(26),
    `01M7VA${String(random.int(10 ** 6)).padStart(20, "0")}`,
  ]);
}

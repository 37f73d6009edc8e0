import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReadableBlock } from "#blocks/block/block";
import { labelsId } from "#blocks/block/labels";
import { byStreamOf } from "#blocks/groups/by-stream";
import { lostSources } from "#blocks/streams/coverage";
import { HOUR, readableOf, settingsOf, ulidAt } from "#test/packages/blocks/factory";

const RETENTION = "block exceeding retention of 720h0m0s";
const settings = settingsOf();

const block = fc.record({
  sources: fc.uniqueArray(fc.nat(25), { minLength: 1, maxLength: 8 }),
  rewritten: fc.uniqueArray(fc.nat(25), { maxLength: 2 }),
  mark: fc.constantFrom(null, null, "by hand", "source of compacted block", RETENTION),
  cluster: fc.constantFrom("a", "b"),
  replica: fc.constantFrom("0", "1"),
  resolution: fc.constantFrom(0, 300_000),
});

/** Some out of order, as no Thanos writes them. */
function blocksOf(specs: readonly (typeof block extends fc.Arbitrary<infer T> ? T : never)[]): ReadableBlock[] {
  return specs.map(({ sources, rewritten, mark, cluster, replica, resolution }, index) => {
    const one = readableOf({
      ...{ min: 0, max: 2 * HOUR, ulid: ulidAt(1_000 + index), resolution, level: 2, source: "compactor" },
      labels: { cluster, replica },
      sources: sources.map((number) => ulidAt(number)),
    });
    const meta = { ...one.meta, rewritten: rewritten.map((number) => ulidAt(number)) };
    const deletionMark = mark === null ? undefined : { time: 0, reason: "", details: mark };
    return { ...one, meta, deletionMark };
  });
}

function stays({ deletionMark }: ReadableBlock): boolean {
  return deletionMark === undefined || deletionMark.details === RETENTION;
}

/** By looking at every other block for each source. */
function lostByLooking(block: ReadableBlock, all: readonly ReadableBlock[], seen: readonly string[] = []): string[] {
  const now = [...seen, block.ulid];
  const group = ({ meta }: ReadableBlock) => `${meta.resolution} ${labelsId({ cluster: meta.labels.cluster ?? "" })}`;
  const others = all.filter((other) => group(other) === group(block));
  return block.meta.sources.filter((source) => {
    const isKept = others.some(
      (other) => stays(other) && (other.meta.sources.includes(source) || other.meta.rewritten.includes(source)),
    );
    const isRewritten = others.some(
      (other) =>
        other.meta.rewritten.includes(source) &&
        !now.includes(other.ulid) &&
        lostByLooking(other, all, now).length === 0,
    );
    return !isKept && !isRewritten;
  });
}

describe("lostSources", () => {
  it("gives of a block that goes what looking at every other block gives", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 8 }), (specs) => {
        const blocks = blocksOf(specs);
        const lostOf = lostSources(byStreamOf(blocks), settings);
        for (const one of blocks.filter((each) => !stays(each)))
          expect(lostOf(one)).toEqual(lostByLooking(one, blocks));
      }),
    );
  });
});

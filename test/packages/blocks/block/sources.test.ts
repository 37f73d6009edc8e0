import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdsAll, packSources, sourceTimes } from "#blocks/block/sources";
import { ulidTime } from "#blocks/block/ulid";
import { ulidAt } from "#test/packages/blocks/factory";

const ulid = fc.nat(60).map((salt) => ulidAt(1_750_000_000_000 + (salt % 3), `${salt}`));
const lists = fc.oneof(
  fc.array(ulid, { maxLength: 20 }),
  fc.uniqueArray(ulid, { maxLength: 40 }).map((list) => list.toSorted()),
);

describe("packSources", () => {
  it("is as the array that it was made of", () => {
    fc.assert(
      fc.property(lists, ulid, fc.integer({ min: -45, max: 45 }), (list, one, index) => {
        const packed = packSources(list);
        expect([...packed]).toEqual(list);
        expect(JSON.stringify(packed)).toBe(JSON.stringify(list));
        expect(packed.length).toBe(list.length);
        expect(packed.at(index)).toBe(list.at(index));
        expect(packed.includes(one)).toBe(list.includes(one));
        expect(packed.some((source) => source === one)).toBe(list.includes(one));
        expect(packed.every((source) => source !== one)).toBe(!list.includes(one));
        expect(packed.filter((source) => source < one)).toEqual(list.filter((source) => source < one));
        expect(packed.map((source) => source.length)).toEqual(list.map((source) => source.length));
        expect(packed.toSorted()).toEqual(list.toSorted());
      }),
    );
  });

  it("takes a sixth of the place of an array of strings", () => {
    const list = Array.from({ length: 168 }, (_, index) => ulidAt(index, "Z"));
    expect(packSources(list)).not.toBe(list);
    expect(packSources(list.toReversed())).toEqual(list.toReversed());
  });

  it("holds the greatest ULID", () => {
    const greatest = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ";
    expect([...packSources(["00000000000000000000000000", greatest])].at(-1)).toBe(greatest);
  });
});

describe("holdsAll", () => {
  it("says what looking for each says, packed or not", () => {
    fc.assert(
      fc.property(lists, lists, (holder, sources) => {
        const expected = sources.every((source) => holder.includes(source));
        expect(holdsAll(packSources(holder), packSources(sources))).toBe(expected);
        expect(holdsAll(holder, packSources(sources))).toBe(expected);
        expect(holdsAll(packSources(holder), sources)).toBe(expected);
      }),
    );
  });
});

describe("sourceTimes", () => {
  it("gives the least and the greatest", () => {
    fc.assert(
      fc.property(lists, (list) => {
        const times = list.map(ulidTime);
        const expected = list.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) };
        expect(sourceTimes(list)).toEqual(expected);
        expect(sourceTimes(packSources(list))).toEqual(expected);
      }),
    );
  });

  it("reads the whole time of a packed ULID", () => {
    const [least, greatest] = ["00000000000000000000000000", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"];
    expect(sourceTimes(packSources([least, greatest]))).toEqual({ from: 0, to: 2 ** 48 - 1 });
  });
});

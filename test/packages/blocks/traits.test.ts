import { describe, expect, it } from "vitest";
import type { Block } from "#blocks/block/block";
import { blocksWith } from "#blocks/traits";
import { at, HOUR, readableOf } from "#test/packages/blocks/factory";

const BEGIN = at("2026-11-20T00:00:00Z");

function blockAt(hour: number, markedAt?: number): Block {
  const max = BEGIN + hour * HOUR;
  return readableOf({ min: max - 2 * HOUR, max, ...(markedAt === undefined ? {} : { markedAt }) });
}

describe("blocksWith", () => {
  it("finds the blocks that have a trait, in their order", () => {
    const [a, b, c, d] = [blockAt(2, BEGIN), blockAt(4), blockAt(6), blockAt(8, BEGIN)];
    const isMarked = ({ deletionMark }: Block) => deletionMark !== undefined;
    expect(blocksWith([[a, b], [], [c, d]], isMarked)).toEqual([a, d]);
    expect(blocksWith([], isMarked)).toEqual([]);
  });

  it("looks again only into parts that have changed, and for each trait by itself", () => {
    const asked: string[] = [];
    const isAsked = ({ ulid }: Block) => asked.push(ulid) > 0;
    const [old, young, marked] = [[blockAt(2)], [blockAt(4)], [blockAt(4, BEGIN)]];

    expect(blocksWith([old, young], isAsked)).toEqual([...old, ...young]);
    expect(blocksWith([old, marked], isAsked)).toEqual([...old, ...marked]);
    expect(asked).toEqual([...old, ...young, ...marked].map(({ ulid }) => ulid));
    expect(blocksWith([old, marked], ({ deletionMark }) => deletionMark !== undefined)).toEqual(marked);
  });
});

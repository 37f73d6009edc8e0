import { describe, expect, it } from "vitest";
import { oncePer, onceUntil, sameLists } from "#blocks/once";

describe("oncePer", () => {
  it("asks once for each object", () => {
    const asked: object[] = [];
    const of = oncePer((key: { readonly name: string }) => {
      asked.push(key);
      return key.name;
    });
    const [a, b] = [{ name: "a" }, { name: "b" }];
    expect([of(a), of(b), of(a), of({ ...a })]).toEqual(["a", "b", "a", "a"]);
    expect(asked).toEqual([a, b, a]);
  });

  it("keeps that there is nothing, too", () => {
    let asked = 0;
    const of = oncePer((_: object) => {
      asked += 1;
    });
    const key = {};
    expect([of(key), of(key)]).toEqual([undefined, undefined]);
    expect(asked).toBe(1);
  });

  it.each([
    ["a number", { gap: 1 }, { gap: 2 }],
    ["an element of a list", { gap: 1, names: ["a", "b"] }, { gap: 1, names: ["a", "c"] }],
    ["the end of a list", { gap: 1, names: ["a", "b"] }, { gap: 1, names: ["a"] }],
    ["one that was not given", { gap: 1, names: undefined }, { gap: 1, names: ["a"] }],
  ])("asks again where something beside it has changed: %s", (_, before, after) => {
    const of = oncePer((_key: object, given: object) => structuredClone(given));
    const key = {};
    expect([before, { ...before }, after, before].map((given) => of(key, given))).toEqual([
      before,
      before,
      after,
      before,
    ]);
    expect(of(key, before)).toBe(of(key, structuredClone(before)));
  });
});

describe("onceUntil", () => {
  it("asks again from when it no longer holds, for a time before, and for other things given", () => {
    const asked: number[] = [];
    const hourOf = onceUntil((_: object, { length }: { readonly length: number }, now) => {
      asked.push(now);
      const value = Math.floor(now / length);
      return { value, until: (value + 1) * length };
    });
    const key = {};
    const times = [70, 70, 119, 120, 110, 119];
    expect(times.map((now) => hourOf(key, { length: 60 }, now))).toEqual([1, 1, 1, 2, 1, 1]);
    expect(asked).toEqual([70, 120, 110]);
    expect(hourOf(key, { length: 30 }, 119)).toBe(3);
  });
});

describe("sameLists", () => {
  it("gives the list before where the elements are the same, in their order", () => {
    const same = sameLists<{ readonly name: string }>();
    const [a, b, c] = [{ name: "a" }, { name: "b" }, { name: "c" }];
    const list = same([a, b]);
    expect(same([a, b])).toBe(list);
    for (const other of [[a], [a, c], [b, a], [a, b, c], [{ ...a }, b], []]) expect(same(other)).toEqual(other);
    expect(same([a, b])).toEqual([a, b]);
  });
});

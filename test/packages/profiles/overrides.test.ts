import { describe, expect, it } from "vitest";
import { mergeValues } from "#profiles/overrides";

describe("mergeValues", () => {
  it("merges maps and replaces lists and scalars", () => {
    const merged = mergeValues({ a: { b: 1, c: [1, 2] }, d: "x" }, { a: { c: [3] }, d: { e: true } });
    expect(merged).toEqual({ a: { b: 1, c: [3] }, d: { e: true } });
  });

  it.each([
    [{ a: { b: null } }, "a.b"],
    [{ d: { e: { f: null } } }, "d.e.f"],
  ])("refuses the null in %j with its path", (over, field) => {
    expect(() => mergeValues({ a: { b: 1 } }, over)).toThrow(expect.objectContaining({ reason: "value-null", field }));
  });

  it("keeps a null inside a list, which is a value of its own there", () => {
    expect(mergeValues({}, { a: [null] })).toEqual({ a: [null] });
  });

  it("takes a key named like a prototype as a key", () => {
    const merged = mergeValues({}, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.hasOwn(merged, "__proto__")).toBe(true);
    expect({}).not.toHaveProperty("polluted");
  });
});

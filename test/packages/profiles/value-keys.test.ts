import { describe, expect, it } from "vitest";
import { parseValueKeys, unknownValueKeys } from "#profiles/value-keys";

const keys = parseValueKeys("a.b string\na.free map\na.items list\na.unset null\nc.d boolean\n");

describe("unknownValueKeys", () => {
  it("takes known keys and anything below an open one", () => {
    const values = { a: { b: "x", free: { any: { thing: 1 } }, items: [{ x: 1 }], unset: { y: 2 } }, c: { d: true } };
    expect(unknownValueKeys(values, keys)).toEqual([]);
  });

  it("names every unknown key with its nearest known one", () => {
    expect(unknownValueKeys({ a: { bb: 1 }, cc: { d: true } }, keys)).toEqual([
      { field: "a.bb", value: 1, remedy: "write a.b instead of a.bb, or remove it" },
      { field: "cc", value: { d: true }, remedy: "write c instead of cc, or remove it" },
    ]);
  });

  it("takes any key of free-form and unlisted parts", () => {
    const values = { grafana: { x: 1 }, alertmanager: { config: { global: { y: 1 } } } };
    expect(unknownValueKeys(values, keys)).toEqual([]);
  });
});

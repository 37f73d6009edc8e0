import { describe, expect, it } from "vitest";
import { valuesHash } from "#profiles/values-hash";

const chart = { name: "kube-prometheus-stack", version: "88.5.3", digest: "sha256:1" };

describe("valuesHash", () => {
  it("is the same for any order of keys and short enough for a label", () => {
    const hash = valuesHash({ a: 1, b: { c: [1, { d: 2, e: 3 }] } }, chart);
    expect(valuesHash({ b: { c: [1, { e: 3, d: 2 }] }, a: 1 }, chart)).toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ["a value", { a: 2 }, chart],
    ["an empty list for an empty map", { a: 1, b: [] }, chart],
    ["the chart's digest", { a: 1, b: {} }, { ...chart, digest: "sha256:2" }],
  ])("changes with %s", (_, values, of) => {
    expect(valuesHash(values, of)).not.toBe(valuesHash({ a: 1, b: {} }, chart));
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { compileFilter, compilePattern } from "#local/runtime/patterns";
import { rules, subscriptions } from "#stacks/wiring";

describe("compilePattern", () => {
  it.each([
    ["an unknown operator", { source: [{ regex: ".*" }] }, "pattern.source"],
    ["a misspelt operator deep down", { detail: { a: { b: [{ prefx: "x" }] } } }, "pattern.detail.a.b"],
    ["two operators in one", { source: [{ prefix: "a", suffix: "b" }] }, "pattern.source"],
    ["a bare value", { source: "aws.eks" }, "pattern.source"],
    ["an empty list", { source: [] }, "pattern.source"],
    ["no field", {}, "pattern"],
    ["exists with a text", { a: [{ exists: "true" }] }, "pattern.a.exists"],
    ["a prefix that is no text", { a: [{ prefix: 5 }] }, "pattern.a.prefix"],
    ["numeric with half a range", { a: [{ numeric: [">", 0, "<"] }] }, "pattern.a.numeric"],
    ["numeric with an unknown sign", { a: [{ numeric: ["!=", 0] }] }, "pattern.a.numeric"],
    ["numeric without comparisons", { a: [{ numeric: [] }] }, "pattern.a.numeric"],
    ["two stars in a row", { a: [{ wildcard: "a**b" }] }, "pattern.a.wildcard"],
    ["an escape of something else", { a: [{ wildcard: "a\\b" }] }, "pattern.a.wildcard"],
    ["anything-but nothing", { a: [{ "anything-but": [] }] }, "pattern.a.anything-but"],
    [
      "anything-but with an operator that it does not take",
      { a: [{ "anything-but": { exists: true } }] },
      "pattern.a.anything-but",
    ],
    ["anything-but true", { a: [{ "anything-but": true }] }, "pattern.a.anything-but"],
    ["an alternative without fields", { $or: [{}] }, "pattern.$or.0"],
  ])("refuses %s and says where", (_, pattern, field) => {
    expect(() => compilePattern(pattern)).toThrow(TerminalError);
    expect(() => compilePattern(pattern)).toThrow(expect.objectContaining({ reason: "bad-pattern", field }));
  });

  it("takes escaped stars and backslashes for themselves", () => {
    const match = compilePattern({ a: [{ wildcard: "\\*.(*)\\\\" }] });
    expect(match({ a: "*.(anything)\\" })).toBe(true);
    expect(match({ a: "x.(anything)\\" })).toBe(false);
  });

  it("does not take an object or an empty list for something that exists", () => {
    const there = compilePattern({ a: [{ exists: true }] });
    expect([there({ a: {} }), there({ a: [] }), there({ a: null })]).toEqual([false, false, true]);
  });

  it("finds a nested value that is not there to be missing", () => {
    expect(compilePattern({ a: { b: [{ exists: false }] } })({})).toBe(true);
    expect(compilePattern({ a: { b: [{ exists: false }] } })({ a: "text" })).toBe(true);
  });

  it("wants one element of a list of objects to match whole", () => {
    const match = compilePattern({ list: { id: ["s1"], zone: ["b"] } });
    expect(
      match({
        list: [
          { id: "s1", zone: "a" },
          { id: "s2", zone: "b" },
        ],
      }),
    ).toBe(false);
    expect(match({ list: [{ id: "s1", zone: "b" }] })).toBe(true);
  });

  it("never throws on an event, whatever it is", () => {
    const match = compilePattern({
      a: [{ prefix: "x" }, { numeric: [">", 0] }, { wildcard: "*a" }, 1, null],
      b: { c: [{ "anything-but": ["y"] }] },
    });
    fc.assert(fc.property(fc.anything(), (event) => typeof match(event) === "boolean"));
    fc.assert(fc.property(fc.anything(), fc.anything(), (a, b) => typeof match({ a, b: { c: b } }) === "boolean"));
  });

  it("understands every rule and filter of the wiring", () => {
    for (const { pattern } of rules) compilePattern(pattern);
    for (const { filter } of subscriptions) compileFilter(filter);
  });
});

describe("compileFilter", () => {
  it("compares the number in an attribute's text", () => {
    const passes = compileFilter({ hours: [{ numeric: [">=", 3] }], exact: [7] });
    expect(passes({ hours: "3", exact: "7.0" })).toBe(true);
    expect(passes({ hours: "2", exact: "7" })).toBe(false);
    expect(passes({ hours: "many", exact: "7" })).toBe(false);
    expect(passes({ hours: "4" })).toBe(false);
  });

  it.each([
    ["wildcard, which SNS does not have", { id: [{ wildcard: "*" }] }],
    ["more than five attributes", { a: ["1"], b: ["1"], c: ["1"], d: ["1"], e: ["1"], f: ["1"] }],
    ["a bare value", { id: "x" }],
    ["a list", ["x"]],
  ])("refuses %s", (_, filter) => {
    expect(() => compileFilter(filter)).toThrow(TerminalError);
  });
});

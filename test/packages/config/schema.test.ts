import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { formatProblems, maskSecret, parseWith } from "#config/schema";

describe("parseWith", () => {
  it("names every field that is wrong, with its value and what belongs there", () => {
    const schema = v.object({
      a: v.string(),
      b: v.object({ c: v.array(v.number("write a number")) }),
      d: v.literal(1),
    });

    expect(parseWith(schema, { a: 1, b: { c: [1, "x"] } })).toEqual({
      ok: false,
      problems: [
        { field: "a", value: 1, remedy: "expected string" },
        { field: "b.c.1", value: "x", remedy: "write a number" },
        { field: "d", value: undefined, remedy: 'expected "d"' },
      ],
    });
  });

  it("repeats no value in what it says belongs there", () => {
    const parsed = parseWith(v.object({ webhook: v.object({}) }), { webhook: "https://hooks.slack.com/services/T0" });

    expect(parsed.ok ? "" : formatProblems(parsed.problems)).toBe(
      'webhook is "https://hooks.slack.com/(masked)": expected Object',
    );
  });
});

describe("formatProblems", () => {
  it("gives a line per problem", () => {
    const problems = [
      { field: "a", value: undefined, remedy: "add it" },
      { field: "b.0", value: "x\ny", remedy: "write z" },
      { field: "c", value: { secret: 1 }, remedy: "write a string" },
      { field: "d", value: [1], remedy: "write a string" },
      { field: "e", value: null, remedy: "write a string" },
      { field: "f", value: "(masked)", remedy: "write a name" },
    ];
    expect(formatProblems(problems).split("\n")).toEqual([
      "a is missing: add it",
      'b.0 is "x\\ny": write z',
      "c is an object: write a string",
      "d is a list: write a string",
      "e is null: write a string",
      "f is (masked): write a name",
    ]);
  });

  it("cuts a long value", () => {
    expect(formatProblems([{ field: "a", value: "x".repeat(1_000), remedy: "r" }]).length).toBeLessThan(120);
  });
});

describe("maskSecret", () => {
  it.each([
    ["https://hooks.slack.com/services/T0/B0/abc", "https://hooks.slack.com/(masked)"],
    ["https://chat.example.com/webhook/abc", "https://chat.example.com/(masked)"],
    ["https://user:abc@s3.example.com/x", "https://s3.example.com/(masked)"],
    ["https://s3.example.com/x?X-Amz-Signature=abc", "https://s3.example.com/(masked)"],
    ["AKIAIOSFODNN7EXAMPLE", "(masked)"],
    ["xoxb-123-abc", "(masked)"],
    ["-----BEGIN PRIVATE KEY-----", "(masked)"],
  ])("masks %s", (text, shown) => {
    expect(maskSecret(text)).toBe(shown);
  });

  it.each(["s3://metrics-blocks", "https://s3.example.com", "musterbook/slack-webhook", "obs.internal.example.com"])(
    "shows %s as it is",
    (text) => {
      expect(maskSecret(text)).toBe(text);
    },
  );
});

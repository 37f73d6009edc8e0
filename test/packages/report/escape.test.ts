import { describe, expect, it } from "vitest";
import { escapeControls, jsonText } from "#report/escape";

describe("escapeControls", () => {
  it("makes broken Unicode well-formed", () => {
    expect(escapeControls("a\ud800b")).toBe("a\ufffdb");
  });
});

describe("jsonText", () => {
  it("says the same value, in lines, with nothing in it that a terminal obeys", () => {
    const value = { label: "\u001b[2J\u009b31m\u202e" };
    expect(jsonText(value)).toBe('{\n  "label": "\\u001b[2J\\u009b31m\\u202e"\n}\n');
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });
});

import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { readVersioned, type Versioned } from "#fleet/versioned";

interface Note {
  readonly schemaVersion: 3;
  readonly text: string;
}

const NOTE: Versioned<Note> = {
  kind: "note",
  current: 3,
  schema: v.object({ schemaVersion: v.literal(3), text: v.string() }),
  upgrades: { 2: (older) => ({ ...older, schemaVersion: 3, text: "upgraded" }) },
};

describe("readVersioned", () => {
  it("reads the current version, and the one before through its upgrade", () => {
    expect(readVersioned(NOTE, { schemaVersion: 3, text: "as is" }, "n1").text).toBe("as is");
    expect(readVersioned(NOTE, { schemaVersion: 2 }, "n1")).toEqual({ schemaVersion: 3, text: "upgraded" });
  });

  it.each([
    ["an older version", { schemaVersion: 1 }, "unknown-schema-version", "schemaVersion"],
    ["a later version", { schemaVersion: 4 }, "unknown-schema-version", "schemaVersion"],
    ["no number for a version", { schemaVersion: "3" }, "unknown-schema-version", "schemaVersion"],
    ["a malformed record", { schemaVersion: 3, text: 5 }, "malformed-record", "text"],
    ["a record without a version", { text: "x" }, "malformed-record", "schemaVersion"],
    ["no record", null, "malformed-record", "(root)"],
  ])("refuses %s, and names kind, key and field", (_, stored, reason, field) => {
    expect(() => readVersioned(NOTE, stored, "n1")).toThrow(
      expect.objectContaining({ name: "TerminalError", reason, field }),
    );
    expect(() => readVersioned(NOTE, stored, "n1")).toThrow(/the note of n1/);
  });
});

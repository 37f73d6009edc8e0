import { describe, expect, it } from "vitest";
import { asCurrent, type MessageVersions } from "#fleet/message-version";

/** Version 2 called the cluster `name`. */
const LETTER: MessageVersions = {
  kind: "letter",
  current: 3,
  upgrades: { 2: (older) => ({ schemaVersion: 3, arn: Reflect.get(older, "name") }) },
};

describe("a body in flight across a deploy", () => {
  it("is taken as it is in the present version, and brought up to it from the one before", () => {
    const present = { schemaVersion: 3, arn: "a" };

    expect(asCurrent(LETTER, present, 3)).toBe(present);
    expect(asCurrent(LETTER, { schemaVersion: 2, name: "a" }, 2)).toEqual(present);
  });

  it.each([
    ["an older version still", { schemaVersion: 1 }, 1],
    ["no version", {}, undefined],
    ["a version in words", { schemaVersion: "four" }, "four"],
    ["no object", "text", 3],
  ])("is left to the schema with %s", (_, body, version) => {
    expect(asCurrent(LETTER, body, version)).toBe(body);
  });

  it("of a later version is handed back, and says which way to deploy", () => {
    expect(() => asCurrent(LETTER, { schemaVersion: 4 }, 4)).toThrow(
      expect.objectContaining({
        name: "RetryableError",
        reason: "newer-message",
        value: 4,
        message: expect.stringContaining("this letter has schema version 4"),
        remedy: expect.stringContaining("Roll this stage forward"),
      }),
    );
  });
});

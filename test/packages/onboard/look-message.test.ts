import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { lookMessage, parseLookMessage } from "#onboard/look-message";
import { DEV } from "#test/packages/onboard/world";

describe("a look message", () => {
  it("reads back as it was written", () => {
    expect(parseLookMessage(lookMessage(DEV.arn, "the sweep found it"))).toEqual({
      ref: DEV,
      because: "the sweep found it",
      drill: false,
    });
  });

  it("tells of a drill, which a message of the version before never does", () => {
    expect(parseLookMessage(lookMessage(DEV.arn, "TagResource (drill)", true)).drill).toBe(true);
    expect(lookMessage(DEV.arn, "b")).toBe(JSON.stringify({ schemaVersion: 1, arn: DEV.arn, because: "b" }));
  });

  it.each([
    ["no JSON", "{", "(root)"],
    ["a version that never was", JSON.stringify({ schemaVersion: 0, arn: DEV.arn, because: "" }), "schemaVersion"],
    ["a nodegroup", JSON.stringify({ schemaVersion: 1, arn: `${DEV.arn}/x`, because: "" }), "arn"],
    ["no reason", JSON.stringify({ schemaVersion: 1, arn: DEV.arn }), "because"],
    ["null", "null", "(root)"],
  ])("is refused with %s, naming the field", (_, body, field) => {
    const read = () => parseLookMessage(body);
    expect(read).toThrow(TerminalError);
    expect(read).toThrow(expect.objectContaining({ reason: "bad-message", field }));
  });
});

import { describe, expect, it } from "vitest";
import { ConflictError, describeError, MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

describe("MusterbookError", () => {
  it("carries remedy, reason, field, value and cause", () => {
    const cause = new Error("socket hang up");
    const error = new TerminalError("not allowed", {
      remedy: "Allow it.",
      reason: "access-denied",
      field: "principalArn",
      value: "arn",
      cause,
    });

    expect(error).toMatchObject({
      name: "TerminalError",
      message: "not allowed",
      remedy: "Allow it.",
      reason: "access-denied",
      field: "principalArn",
      value: "arn",
      cause,
    });
  });

  it("has no cause and no reason where none is given", () => {
    const error = new RetryableError("later", { remedy: "Wait." });

    expect(Object.hasOwn(error, "cause")).toBe(false);
    expect(error.reason).toBe("unspecified");
  });

  it("tells what can succeed later from what cannot", () => {
    const conflict = new ConflictError("somebody was faster", { remedy: "Read again." });

    expect(conflict).toBeInstanceOf(RetryableError);
    expect(conflict).toBeInstanceOf(MusterbookError);
    expect(conflict).not.toBeInstanceOf(TerminalError);
    expect(conflict.name).toBe("ConflictError");
  });
});

describe("describeError", () => {
  it.each([
    ["an error", new Error("no route"), "no route"],
    ["an error with causes", new Error("a", { cause: new Error("b", { cause: "c" }) }), "a: b: c"],
    ["an error without a message", new TypeError(""), "TypeError"],
    ["a text", "no route", "no route"],
    ["nothing", undefined, "undefined"],
    ["null", null, "null"],
  ])("puts %s into words", (_, error, text) => {
    expect(describeError(error)).toBe(text);
  });
});

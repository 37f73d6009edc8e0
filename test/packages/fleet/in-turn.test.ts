import { describe, expect, it } from "vitest";
import { inTurn } from "#fleet/in-turn";

describe("inTurn", () => {
  it("does each step once the one before is done", async () => {
    const done: string[] = [];
    const step = (name: string) => async () => {
      await Promise.resolve();
      done.push(name);
    };
    await inTurn(step("first"), step("second"));
    expect(done).toEqual(["first", "second"]);
  });

  it("does what comes after a failure, and tells of the first", async () => {
    const done: string[] = [];
    const failing = (name: string) => () => {
      done.push(name);
      return Promise.reject(new Error(name));
    };
    const all = inTurn(failing("first"), failing("second"), async () => void done.push("third"));
    await expect(all).rejects.toThrow("first");
    expect(done).toEqual(["first", "second", "third"]);
  });
});

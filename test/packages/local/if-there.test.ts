import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { ifThere } from "#local/if-there";

function failingWith(code: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(`${code}: no`), { code }));
}

describe("ifThere", () => {
  it("passes on what is found", async () => {
    expect(await ifThere("/blocks", async () => 1)).toBe(1);
  });

  it.each(["ENOENT", "ENOTDIR"])("takes %s for nothing there", async (code) => {
    expect(await ifThere("/blocks", failingWith(code))).toBeUndefined();
  });

  it.each(["EACCES", "EPERM"])("names the path and the remedy on %s", async (code) => {
    await expect(ifThere("/blocks/01A", failingWith(code))).rejects.toMatchObject({
      name: "TerminalError",
      reason: "path-forbidden",
      value: "/blocks/01A",
      message: `cannot read /blocks/01A: permission denied (${code})`,
      remedy: expect.stringContaining("Let this user read it"),
    });
  });

  it.each(["EIO", "EMFILE", "ESTALE"])("says that %s may go away", async (code) => {
    await expect(ifThere("/blocks", failingWith(code))).rejects.toMatchObject({
      name: "RetryableError",
      reason: "path-failed",
    });
  });

  it("leaves an error of ours as it is", async () => {
    const ours = new TerminalError("too large", { remedy: "look" });
    await expect(ifThere("/blocks", () => Promise.reject(ours))).rejects.toBe(ours);
  });
});

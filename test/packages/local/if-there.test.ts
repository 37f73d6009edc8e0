import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { atPath, ifThere } from "#local/if-there";

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

  it.each(["EACCES", "EPERM", "EROFS"])("names the path and the remedy on %s", async (code) => {
    await expect(ifThere("/blocks/01A", failingWith(code))).rejects.toMatchObject({
      name: "TerminalError",
      reason: "path-forbidden",
      value: "/blocks/01A",
      message: `cannot use /blocks/01A: permission denied (${code})`,
      remedy: expect.stringContaining("Let this user use it"),
    });
  });

  it.each(["EIO", "EMFILE", "ESTALE"])("says that %s may go away", async (code) => {
    await expect(ifThere("/blocks", failingWith(code))).rejects.toMatchObject({
      name: "RetryableError",
      reason: "path-failed",
    });
  });

  it.each([new TerminalError("too large", { remedy: "look" }), new TypeError("a defect")])(
    "leaves what is no error of the file system as it is (%s)",
    async (error) => {
      await expect(ifThere("/blocks", () => Promise.reject(error))).rejects.toBe(error);
    },
  );
});

describe("atPath", () => {
  it("passes on what is returned", async () => {
    expect(await atPath("/blocks", async () => 1)).toBe(1);
  });

  it.each(["ENOENT", "ENOSPC"])("names the path on %s", async (code) => {
    await expect(atPath("/blocks", failingWith(code))).rejects.toMatchObject({
      reason: "path-failed",
      message: expect.stringContaining(`cannot use /blocks: ${code}`),
    });
  });
});

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { logFile } from "#cli/demo/log-file";
import { scratchFolder } from "#test/fakes/local-stage";

describe("logFile", () => {
  it("adds lines to what is there", async () => {
    const path = join(await scratchFolder(), "log.jsonl");
    for (const line of ["first", "second"]) {
      const log = await logFile(path);
      log.write(line);
      await log.close();
    }
    expect(await readFile(path, "utf8")).toBe("first\nsecond\n");
  });

  it("names a path that cannot be written", async () => {
    const path = join(await scratchFolder(), "log.jsonl");
    await mkdir(path);
    await expect(logFile(path)).rejects.toMatchObject({ reason: "path-failed", value: path });
  });
});

import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { lockStage, stageHolder } from "#cli/stage/lock";
import { scratchFolder } from "#test/fakes/local-stage";

/** Larger than any process id of Linux or macOS. */
const NOBODY = "99999999";

let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
});

describe("lockStage", () => {
  it("lets one process have a stage at a time, and names it to the others", async () => {
    await lockStage(folder);

    expect(await stageHolder(folder)).toBe(process.pid);
    await expect(lockStage(folder)).rejects.toMatchObject({
      reason: "stage-busy",
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it("gives it back", async () => {
    const unlock = await lockStage(folder);

    await unlock();

    expect(await readdir(folder)).toEqual([]);
    await lockStage(folder);
  });

  it.each([
    ["of a process that is gone", NOBODY],
    ["that is empty", ""],
    ["that is nonsense", "x"],
  ])("takes over a lock %s", async (_, content) => {
    await writeFile(join(folder, "stage.lock"), content);

    await lockStage(folder);

    expect(await stageHolder(folder)).toBe(process.pid);
  });
});

import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TerminalError } from "#fleet/errors";

const LOCK = "stage.lock";

/**
 * Takes the stage of a folder for this process, since its clusters live in the process's memory; returns how to give it
 * back. A lock whose process is gone is taken over. TerminalError `stage-busy` when another process has it.
 */
export async function lockStage(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK);
  const holder = await stageHolder(folder);
  if (holder !== undefined) throw busy(folder, holder);
  await rm(path, { force: true });
  try {
    await writeFile(path, String(process.pid), { flag: "wx" });
  } catch (cause) {
    // Another process took it between the look and the write.
    throw busy(folder, (await stageHolder(folder)) ?? 0, cause);
  }
  return () => rm(path, { force: true });
}

/** The process that has the stage of a folder; undefined when none does. */
export async function stageHolder(folder: string): Promise<number | undefined> {
  const text = await readFile(join(folder, LOCK), "utf8").catch(() => "");
  const pid = Number(text);
  return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function busy(folder: string, pid: number, cause?: unknown): TerminalError {
  return new TerminalError(`the stage in ${folder} is in use by process ${pid}`, {
    reason: "stage-busy",
    field: "--state",
    value: folder,
    remedy: "End the other one (Ctrl-C), or use another folder with --state.",
    cause,
  });
}

import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Emulator, startMinistack } from "#test/real/servers/ministack";
import { scratchFolder } from "#test/real/servers/scratch";

/** An emulator whose clock can be moved on. */
export interface MovedClock {
  readonly emulator: Emulator;
  pass(seconds: number): Promise<void>;
}

/**
 * The AWS emulator, for one test file alone: visibility and deduplication last as long as on AWS, and nobody waits for them.
 * Python loads `clock/sitecustomize.py` before the program, which is otherwise untouched. `env` is added to its environment.
 */
export async function ministackWithMovedClock(env: Readonly<Record<string, string>> = {}): Promise<MovedClock> {
  const folder = await scratchFolder();
  const file = join(folder, "ahead");
  let ahead = 0;
  const pass = async (seconds: number): Promise<void> => {
    ahead += seconds;
    // The program must never read a file that is half written.
    await writeFile(`${file}.new`, String(ahead));
    await rename(`${file}.new`, file);
  };
  await pass(0);
  const PYTHONPATH = fileURLToPath(new URL("clock", import.meta.url));
  const { emulator } = await startMinistack({
    ...env,
    PYTHONPATH,
    MOVED_CLOCK_FILE: file,
    PYTHONDONTWRITEBYTECODE: "1",
  });
  return { emulator, pass };
}

import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Emulator, startMinistack } from "#test/real/servers/ministack";
import { scratchFolder } from "#test/real/servers/scratch";

/** An emulator whose clocks can be moved on. */
export interface MovedClock {
  readonly emulator: Emulator;
  /** For everything: visibility, deduplication, schedules. */
  pass(seconds: number): Promise<void>;
  /** For schedules alone: what is in flight stays so, and those that are due run at once. */
  passForSchedules(seconds: number): Promise<void>;
}

/**
 * The AWS emulator, for one test file alone: visibility and deduplication last as long as on AWS, and nobody waits for them.
 * Python loads `clock/sitecustomize.py` before the program, which is otherwise untouched. `env` is added to its environment.
 */
export async function ministackWithMovedClock(env: Readonly<Record<string, string>> = {}): Promise<MovedClock> {
  const folder = await scratchFolder();
  const file = join(folder, "ahead");
  const ahead = { everyone: 0, schedules: 0 };
  let written = Promise.resolve();
  const move = (seconds: Partial<typeof ahead>): Promise<void> => {
    ahead.everyone += seconds.everyone ?? 0;
    ahead.schedules += seconds.schedules ?? 0;
    written = written.then(async () => {
      // The program must never read a file that is half written.
      await writeFile(`${file}.new`, `${ahead.everyone} ${ahead.schedules}`);
      await rename(`${file}.new`, file);
    });
    return written;
  };
  await move({});
  const PYTHONPATH = fileURLToPath(new URL("clock", import.meta.url));
  const { emulator } = await startMinistack({
    ...env,
    PYTHONPATH,
    MOVED_CLOCK_FILE: file,
    PYTHONDONTWRITEBYTECODE: "1",
  });
  return {
    emulator,
    pass: (seconds) => move({ everyone: seconds }),
    passForSchedules: (seconds) => move({ schedules: seconds }),
  };
}

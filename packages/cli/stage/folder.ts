import { access } from "node:fs/promises";
import { join } from "node:path";
import { TerminalError } from "#fleet/errors";

/** Where `musterbook demo` leaves its state unless told otherwise. */
export const STATE_FOLDER = ".musterbook";

/** What a local stage holds in its folder. */
export const DATABASE = "state.db";
export const STORES = "stores";
export const INDEXES = "indexes";
export const REPORTS = "reports";

/** The database of the stage in a folder. TerminalError `no-stage` where there is none. */
export async function databaseOf(folder: string): Promise<string> {
  const path = join(folder, DATABASE);
  if (await exists(path)) return path;
  throw new TerminalError(`there is no local stage in ${folder}`, {
    reason: "no-stage",
    remedy: "Run the demo first, which makes one: npx musterbook demo (or npm start). Another folder: --state.",
  });
}

export async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

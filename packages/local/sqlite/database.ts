import { DatabaseSync } from "node:sqlite";
import { describeError, MusterbookError, TerminalError } from "#fleet/errors";
import { MIGRATIONS } from "#local/sqlite/schema";

/** How long a statement waits for another process that writes to the same file. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * The local set's one database, by its file or `:memory:`, with its tables made or brought up to date. Times are
 * milliseconds since the epoch.
 * @throws TerminalError `newer-database`: a later release wrote the file; `database-unusable`: no database of this user's
 */
export function openDatabase(path: string): DatabaseSync {
  return withPath(path, () => {
    const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
      transaction(db, () => migrate(db, path));
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

/**
 * One consistent state of a database, also while another process writes.
 * @throws TerminalError `database-unusable`
 */
export function copyDatabase(from: string, to: string): void {
  withPath(from, () => {
    const db = new DatabaseSync(from);
    try {
      db.prepare("VACUUM INTO ?").run(to);
    } finally {
      db.close();
    }
  });
}

/** What SQLite says of a file names neither the file nor what to do. */
function withPath<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof MusterbookError) throw cause;
    throw new TerminalError(`cannot use the database ${path}: ${describeError(cause)}`, {
      reason: "database-unusable",
      field: "path",
      value: path,
      remedy: "Let this user write the file and its folder; if it is damaged, move the folder away and begin anew.",
      cause,
    });
  }
}

function migrate(db: DatabaseSync, path: string): void {
  const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
  if (version > MIGRATIONS.length) {
    throw new TerminalError(`${path} has layout ${version}, this release knows ${MIGRATIONS.length}`, {
      remedy: "Run the release that wrote it, or a later one, or give another file.",
      reason: "newer-database",
      field: "user_version",
      value: version,
    });
  }
  for (const step of MIGRATIONS.slice(version)) db.exec(step);
  db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
}

/** All of `work` or nothing of it; inside of another transaction it is a part of that one. `work` is synchronous. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  if (db.isTransaction) return work();
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk and the like have rolled it back already.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

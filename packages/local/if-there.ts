import { describeError, MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

const GONE = new Set(["ENOENT", "ENOTDIR"]);
const FORBIDDEN = new Set(["EACCES", "EPERM"]);

/** What `look` finds at `path`; undefined when there is nothing (any more); else an error that names the path. */
export async function ifThere<T>(path: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (cause) {
    if (cause instanceof MusterbookError) throw cause;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    if (GONE.has(code)) return undefined;
    if (!FORBIDDEN.has(code)) throw failed(path, cause);
    throw new TerminalError(`cannot read ${path}: permission denied (${code})`, {
      reason: "path-forbidden",
      field: "path",
      value: path,
      remedy: "Let this user read it, or run as a user who may.",
      cause,
    });
  }
}

function failed(path: string, cause: unknown): RetryableError {
  return new RetryableError(`cannot read ${path}: ${describeError(cause)}`, {
    reason: "path-failed",
    field: "path",
    value: path,
    remedy: "Check the path, the disk or the mount, then run it again.",
    cause,
  });
}

import { describeError, MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

const GONE = new Set(["ENOENT", "ENOTDIR"]);
const FORBIDDEN = new Set(["EACCES", "EPERM", "EROFS"]);

/** What `look` finds at `path`; undefined when there is nothing (any more); else an error that names the path. */
export async function ifThere<T>(path: string, look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (cause) {
    if (GONE.has(codeOf(cause))) return undefined;
    throw pathError(path, cause);
  }
}

/** What `act` returns; an error of the file system names the path. */
export async function atPath<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw pathError(path, cause);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

function pathError(path: string, cause: unknown): unknown {
  const code = codeOf(cause);
  // Ours already, or a defect.
  if (cause instanceof MusterbookError || code === "") return cause;
  if (!FORBIDDEN.has(code)) return failed(path, cause);
  return new TerminalError(`cannot use ${path}: permission denied (${code})`, {
    reason: "path-forbidden",
    field: "path",
    value: path,
    remedy: "Let this user use it, or run as a user who may.",
    cause,
  });
}

function failed(path: string, cause: unknown): RetryableError {
  return new RetryableError(`cannot use ${path}: ${describeError(cause)}`, {
    reason: "path-failed",
    field: "path",
    value: path,
    remedy: "Check the path, the disk or the mount, then run it again.",
    cause,
  });
}

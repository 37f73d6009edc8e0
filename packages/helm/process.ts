import { spawn } from "node:child_process";

export interface Finished {
  /** Null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether we asked it to stop because its time was over. */
  readonly interrupted: boolean;
  readonly stdout: string;
  /** Everything written to stderr, up to `MAX_STDERR` characters from its end. */
  readonly stderr: string;
}

export interface RunOptions {
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** SIGTERM after this many milliseconds, SIGKILL only `KILL_GRACE_MS` later. */
  readonly stopAfterMs?: number;
}

/** helm writes its failure into the release Secret when it gets SIGTERM; SIGKILL leaves `pending-*` behind. */
const KILL_GRACE_MS = 20_000;
const MAX_STDERR = 64_000;

/** Runs a program without a shell. Rejects only when it cannot be started; a failing exit is in the result. */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { env: options.env, cwd: options.cwd, stdio: ["ignore", "pipe", "pipe"] });
    const stdout: Buffer[] = [];
    let stderr = "";
    let interrupted = false;
    const timers = options.stopAfterMs === undefined ? [] : stopTimers(options.stopAfterMs);
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-MAX_STDERR);
    });
    child.on("error", (error) => finish(() => reject(error)));
    child.on("close", (code, signal) =>
      finish(() => resolve({ code, signal, interrupted, stdout: Buffer.concat(stdout).toString("utf8"), stderr })),
    );

    function stopTimers(afterMs: number): NodeJS.Timeout[] {
      const stop = setTimeout(() => {
        interrupted = child.kill("SIGTERM");
      }, afterMs);
      return [stop, setTimeout(() => child.kill("SIGKILL"), afterMs + KILL_GRACE_MS)];
    }

    function finish(settle: () => void): void {
      for (const timer of timers) clearTimeout(timer);
      settle();
    }
  });
}

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Share {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

export interface ShareRun {
  /** A module of this directory tree that works through `from` to `to` of its first argument and tells a line of JSON now and then. */
  readonly worker: URL;
  readonly share: Share & Readonly<Record<string, unknown>>;
  /** MiB of JavaScript objects; more ends the process. */
  readonly memory: number;
  /** The process is ended when it has told nothing for so long, ms. */
  readonly silence: number;
  readonly onLine: (line: unknown) => void;
}

/** Runs one share in a process of its own. Undefined when all of it was done; else why the process ended. */
export function runShare({ worker, share, memory, silence, onLine }: ShareRun): Promise<string | undefined> {
  const args = [`--max-old-space-size=${memory}`, fileURLToPath(worker), JSON.stringify(share)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let silent = false;
  const watchdog = setTimeout(() => {
    silent = true;
    child.kill("SIGKILL");
  }, silence);
  createInterface({ input: child.stdout }).on("line", (line) => {
    watchdog.refresh();
    onLine(JSON.parse(line));
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(watchdog);
      if (code === 0) resolve(undefined);
      else resolve(silent ? `no word for ${silence / 1000} s` : `ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}

/** Equal shares of `0` to `count`. */
export function sharesOf(count: number, workers: number): readonly Share[] {
  const size = Math.ceil(count / workers);
  return Array.from({ length: workers }, (_, index) => ({
    from: Math.min(count, index * size),
    to: Math.min(count, (index + 1) * size),
  }));
}

/** `12,000 of 20,000, 310/s, 26 s left` on stderr, at most every ten seconds. */
export function progress(what: string, total: number): (done: number) => void {
  const began = Date.now();
  let told = began;
  return (done) => {
    const now = Date.now();
    if (now - told < 10_000) return;
    told = now;
    const perSecond = done / ((now - began) / 1000);
    const left = Math.round((total - done) / perSecond);
    process.stderr.write(`${done} of ${total} ${what}, ${perSecond.toFixed(0)}/s, ${left} s left\n`);
  };
}

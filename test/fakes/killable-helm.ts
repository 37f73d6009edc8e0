import { readFileSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { helmBinary } from "#helm/binary";

/** The real helm, and a way to send a signal to the one that was started last. */
export interface KillableHelm {
  readonly binary: string;
  /** Does nothing when it has ended by itself. */
  signal(signal: NodeJS.Signals): void;
}

export async function killableHelm(folder: string): Promise<KillableHelm> {
  const { helm } = await helmBinary({ path: process.env.PATH ?? "" });
  const binary = join(folder, "helm.sh");
  const pid = join(folder, "helm.pid");
  await writeFile(binary, `#!/bin/sh\necho $$ > '${pid}'\nexec '${helm}' "$@"\n`);
  await chmod(binary, 0o755);
  return {
    binary,
    signal(signal) {
      try {
        process.kill(Number(readFileSync(pid, "utf8")), signal);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
      }
    },
  };
}

import { spawn } from "node:child_process";

/** A program that provisioning needs is missing or failed. */
export class ProvisionError extends Error {
  override readonly name = "ProvisionError";
}

/** What to install when a program of the machine is missing, by its name. */
const INSTALL: Readonly<Record<string, string>> = {
  go: "Install Go 1.26 or newer (https://go.dev/dl) and put it on the PATH.",
  python3: "Install Python 3.11 or newer with venv (Debian: apt-get install python3 python3-venv).",
  "apt-get": "The old Alertmanager comes from Debian's packages: run this on Debian 12, or in a container of it.",
  dpkg: "Install dpkg: the old Alertmanager is taken out of a Debian package.",
};

/** Runs to the end without a shell; resolves with stdout. ProvisionError with the tail of what it wrote otherwise. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(command, [...args], { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4_000);
    });
    child.on("error", (cause) => {
      const remedy = INSTALL[command] ?? `Install ${command}.`;
      reject(new ProvisionError(`${command} cannot be run (${cause.message}). ${remedy}`, { cause }));
    });
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(stdout);
      const line = [command, ...args].join(" ");
      reject(new ProvisionError(`${line}\nended with ${signal ?? code}:\n${stdout.slice(-2_000)}${said}`));
    });
  });
}

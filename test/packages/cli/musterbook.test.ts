import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";

const BIN = fileURLToPath(new URL("../../../packages/cli/musterbook.mjs", import.meta.url));
const exec = promisify(execFile);

async function exitOf(promise: Promise<{ stdout: string; stderr: string }>) {
  try {
    return { code: 0, ...(await promise) };
  } catch (error) {
    if (!(error instanceof Error && "code" in error && "stderr" in error && "stdout" in error)) throw error;
    return { code: error.code, stdout: String(error.stdout), stderr: String(error.stderr) };
  }
}

/** A clone whose launcher believes that it runs on Node 20. */
async function oldNodeClone(
  pinned: string | undefined,
): Promise<(...args: string[]) => Promise<{ code: unknown; stdout: unknown; stderr: unknown }>> {
  const clone = await mkdtemp(join(tmpdir(), "musterbook-"));
  onTestFinished(() => rm(clone, { recursive: true }));
  await mkdir(join(clone, "packages/cli"), { recursive: true });
  await mkdir(join(clone, "node_modules/node/bin"), { recursive: true });
  await cp(BIN, join(clone, "packages/cli/musterbook.mjs"));
  await writeFile(join(clone, "old.mjs"), 'Object.defineProperty(process, "versions", { value: { node: "20.1.0" } });');
  if (pinned !== undefined) {
    await writeFile(join(clone, "packages/cli/main.ts"), pinned);
    await symlink(process.execPath, join(clone, "node_modules/node/bin/node"));
  }
  const args = ["--import", join(clone, "old.mjs"), join(clone, "packages/cli/musterbook.mjs")];
  return (...more) => exitOf(exec(process.execPath, [...args, ...more]));
}

/** Writes what is imported to stderr, a line each. */
const TELL_IMPORTS = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ resolve: (name, context, next) => (process.stderr.write(name + "\\n"), next(name, context)) });
`)}`;

describe("the musterbook command", () => {
  it.each([
    ["audit", false],
    ["observe", true],
  ])("loads for %s no more than it needs", async (command, asksKubernetes) => {
    const { code, stderr } = await exitOf(exec(process.execPath, ["--import", TELL_IMPORTS, BIN, command, "--help"]));

    expect(code).toBe(0);
    expect(stderr.includes("@kubernetes/client-node")).toBe(asksKubernetes);
  });

  it("can be executed and passes on its exit code", async () => {
    expect(await exitOf(exec(process.execPath, [BIN, "--version"]))).toMatchObject({ code: 0, stderr: "" });
    expect(await exitOf(exec(process.execPath, [BIN, "audit", "/nonexistent"]))).toMatchObject({ code: 2, stdout: "" });
  });

  it("keeps its exit code where nobody reads stderr", async () => {
    const child = spawn(process.execPath, [BIN, "audit", "/nonexistent"], { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr.destroy();
    expect(await once(child, "exit")).toEqual([2, null]);
  });

  it("hands over to the Node of the clone where the running one is too old", async () => {
    const clone = await oldNodeClone("process.stdout.write(process.argv.slice(2).join()); process.exitCode = 7;");
    expect(await clone("audit", "a b", "--all")).toEqual({ code: 7, stdout: "audit,a b,--all", stderr: "" });
  });

  it("passes signals on", async () => {
    const clone = await oldNodeClone(`
      process.on("SIGTERM", () => process.exit(9));
      setInterval(() => process.kill(process.ppid, "SIGTERM"), 20);
    `);
    expect(await clone()).toMatchObject({ code: 9 });
  });

  it("tells of a child that a signal ended", async () => {
    const clone = await oldNodeClone('process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 10_000);');
    expect(await clone()).toMatchObject({ code: 143 });
  });

  it("says what to do where there is no such Node", async () => {
    const clone = await oldNodeClone(undefined);
    expect(await clone("--version")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("Run npm ci"),
    });
  });
});

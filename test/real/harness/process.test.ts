import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { answers, freePort, startServer } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";

const STARTER = fileURLToPath(new URL("start-and-wait.ts", import.meta.url));
const NEVER = async () => false;

/** A program that answers HTTP on a port. */
function web(port: number, code = ""): readonly string[] {
  const listen = `require("node:http").createServer((_, answer) => answer.end("yes")).listen(${port}, "127.0.0.1");`;
  return ["-e", `${code};${listen}`];
}

async function isGone(pid: number): Promise<boolean> {
  // A process that nobody has waited for yet has ended all the same.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "gone Z");
  return stat.split(") ").at(-1)?.startsWith("Z") === true || stat.startsWith("gone");
}

async function ends(pid: number): Promise<void> {
  for (let tries = 0; tries < 200 && !(await isGone(pid)); tries += 1) await sleep(50);
  expect(await isGone(pid)).toBe(true);
}

describe("a server", () => {
  it("is there when it is ready, and gone when it is stopped, also twice", async () => {
    const port = await freePort();
    const ready = answers(`http://127.0.0.1:${port}`);
    const server = await startServer({ name: "web", command: process.execPath, args: web(port), ready });
    expect(await ready()).toBe(true);
    await server.stop();
    await server.stop();
    expect(await ready()).toBe(false);
    expect(await isGone(server.pid)).toBe(true);
  });

  it("is killed when it does not heed SIGTERM", async () => {
    const port = await freePort();
    const stubborn = web(port, 'process.on("SIGTERM", () => {})');
    const ready = answers(`http://127.0.0.1:${port}`);
    const server = await startServer({ name: "stubborn", command: process.execPath, args: stubborn, ready });
    await server.stop();
    expect(await isGone(server.pid)).toBe(true);
  });

  it("that ends before it is ready is an error with what it said", async () => {
    const args = ["-e", 'console.error("no such flag"); process.exit(3)'];
    const starting = startServer({ name: "broken", command: process.execPath, args, ready: NEVER });
    await expect(starting).rejects.toThrow(/broken did not become ready:\s+no such flag/);
  });

  it("that never becomes ready is an error, and is not left behind", async () => {
    const folder = await scratchFolder();
    const file = join(folder, "pid");
    const args = [
      "-e",
      `require("node:fs").writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`,
    ];
    const starting = startServer({ name: "slow", command: process.execPath, args, ready: NEVER, patienceMs: 2_000 });
    await expect(starting).rejects.toThrow("slow did not become ready");
    expect(await isGone(Number(await readFile(file, "utf8")))).toBe(true);
  });

  it("that cannot be started is an error", async () => {
    const starting = startServer({ name: "absent", command: "/nowhere/at-all", args: [], ready: NEVER });
    await expect(starting).rejects.toThrow("absent did not become ready");
  });

  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)("ends with the process that started it, by %s", async (signal) => {
    const starter = spawn(process.execPath, [STARTER], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(starter.stdout, "data")) as [Buffer];
    const pid = Number(said.toString("utf8"));
    expect(await isGone(pid)).toBe(false);
    starter.kill(signal);
    await ends(pid);
  });
});

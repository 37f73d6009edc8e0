import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { AuditReport } from "#blocks/finding";
import { run } from "#cli/program";
import { readRecording } from "#local/recorded-bucket";
import { expectedOf, recordingOf } from "#test/factories/recorded-bucket";
import { fakeCli } from "#test/fakes/cli";
import { type FakeS3, fakeS3 } from "#test/fakes/s3-server";

const BIN = fileURLToPath(new URL("../../../../packages/cli/musterbook.mjs", import.meta.url));

let scratch: string;
let settings: string;
let server: FakeS3;
/** Told of each GET, with how many came before. */
let onGet: (before: number) => void = () => undefined;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "musterbook-index-"));
  settings = join(scratch, "settings.json");
  await writeFile(settings, JSON.stringify((await expectedOf("late")).config));
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  const objects = await readRecording(recordingOf("late"));
  const modified = new Map(objects.map(({ key, lastModified }) => [key, lastModified]));
  server = await fakeS3({
    buckets: {
      blocks: Object.fromEntries(objects.map(({ key, size, content }) => [key, `${content ?? "0".repeat(size)}`])),
    },
    lastModified: (key) => modified.get(key) ?? 0,
    intercept: ({ key }) => {
      if (key !== "") onGet(gets());
      return undefined;
    },
  });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(scratch, { recursive: true });
});

beforeEach(() => {
  onGet = () => undefined;
});

const gets = () => server.requests.filter((request) => request.startsWith("GET")).length;
const argsOf = (...more: readonly string[]) => [
  ...["audit", "s3://blocks", "--endpoint", server.endpoint, "--config", settings, "--output", "json", ...more],
];

/** What is found, and how many objects were read for it. */
async function audited(...more: readonly string[]) {
  const [cli, before] = [fakeCli(), gets()];
  const exitCode = await run(argsOf(...more), cli);
  const { findings, summary, blocks }: AuditReport = JSON.parse(cli.out());
  return { exitCode, found: { findings, blocks, objects: summary.objects }, read: gets() - before };
}

describe("musterbook audit --index", () => {
  it("reads each small object once, and judges the same as without", async () => {
    const index = join(scratch, "once");
    const without = await audited();
    expect(without.read).toBeGreaterThan(100);

    expect(await audited("--index", index)).toEqual(without);
    expect(await audited("--index", index)).toEqual({ ...without, read: 0 });
  });

  /** What a process that is stopped after some reads says, what it has read, and what is left to be read by the next one. */
  async function stoppedAfter(reads: number, index: string, signals: readonly NodeJS.Signals[]) {
    const begin = gets();
    const child = spawn(process.execPath, [BIN, ...argsOf("--index", index, "--now", "2026-11-20T13:10:00Z")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    onGet = (count) => {
      if (count - begin === reads) for (const signal of signals) child.kill(signal);
    };
    const [code, signal] = await once(child, "close");
    onGet = () => undefined;
    return { code, signal, said, read: gets() - begin };
  }

  it.each(["SIGINT", "SIGTERM"] as const)("keeps what it has read when it is stopped by %s", async (signal) => {
    const index = join(scratch, `stopped by ${signal}`);
    const without = await audited();
    const stopped = await stoppedAfter(Math.floor(without.read / 2), index, [signal]);

    expect([stopped.code, stopped.signal]).toEqual([2, null]);
    expect(stopped.said).toContain("Stopping: what was read is being written.");
    expect(stopped.said).toContain("musterbook: the audit was stopped; nothing was judged.");
    expect(stopped.read).toBeLessThan(without.read);
    const rest = await audited("--index", index);
    expect(rest.found).toEqual(without.found);
    expect(rest.read).toBe(without.read - stopped.read);
    expect(await audited("--index", index)).toEqual({ ...without, read: 0 });
  });

  it("leaves an index that is good when it is killed", async () => {
    const index = join(scratch, "killed");
    const without = await audited();
    const { signal, read } = await stoppedAfter(Math.floor(without.read / 2), index, ["SIGKILL"]);
    expect(signal).toBe("SIGKILL");
    expect(read).toBeLessThan(without.read);

    expect((await audited("--index", index)).found).toEqual(without.found);
    expect(await audited("--index", index)).toEqual({ ...without, read: 0 });
  });
});

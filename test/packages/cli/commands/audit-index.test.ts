import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
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

  it("leaves an index that is good when it is stopped by Ctrl-C", async () => {
    const index = join(scratch, "stopped");
    const without = await audited();
    const begin = gets();
    const child = spawn(process.execPath, [BIN, ...argsOf("--index", index, "--now", "2026-11-20T13:10:00Z")], {
      stdio: "ignore",
    });
    onGet = (count) => {
      if (count - begin === Math.floor(without.read / 2)) child.kill("SIGINT");
    };
    const [code, signal] = await once(child, "exit");
    expect([code, signal]).not.toEqual([0, null]);
    expect(gets() - begin).toBeLessThan(without.read);

    expect((await audited("--index", index)).found).toEqual(without.found);
    expect(await audited("--index", index)).toEqual({ ...without, read: 0 });
    expect(await readdir(index)).not.toEqual([]);
  });
});

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { AuditReport } from "#blocks/finding";
import { run } from "#cli/program";
import { materialise, readRecording } from "#local/recorded-bucket";
import { AUDITED_AT } from "#test/factories/audit-report";
import { expectedOf, RECORDED_BUCKETS, type RecordedBucketName, recordingOf } from "#test/factories/recorded-bucket";
import { fakeCli } from "#test/fakes/cli";
import { fakeS3 } from "#test/fakes/s3-server";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
beforeAll(async () => {
  for (const name of RECORDED_BUCKETS) await materialise(recordingOf(name), join(scratch, name));
  await mkdir(join(scratch, "empty"));
});
afterAll(() => rm(scratch, { recursive: true }));

async function audit(directory: string, ...args: string[]) {
  const cli = fakeCli();
  const exitCode = await run(["audit", join(scratch, directory), ...args], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

async function configOf(name: RecordedBucketName): Promise<string> {
  const file = join(scratch, `${name}.json`);
  await writeFile(file, JSON.stringify((await expectedOf(name)).config));
  return file;
}

describe("musterbook audit", () => {
  it.each(RECORDED_BUCKETS)("prints for %s what has to be found and nothing else, as JSON", async (name) => {
    const expected = await expectedOf(name);
    const { out, exitCode } = await audit(name, "--output", "json", "--config", await configOf(name));
    const report: AuditReport = JSON.parse(out);
    const idsOf = (findings: readonly { id: string; severity: string }[]) =>
      findings
        .filter(({ severity }) => !/^i/i.test(severity))
        .map(({ id, severity }) => `${severity.charAt(0).toUpperCase()} ${id}`);
    expect(idsOf(report.findings).sort()).toEqual(idsOf(expected.must).sort());
    expect(report).toMatchObject({ schemaVersion: 1, now: AUDITED_AT, blocks: expected.stats.blocks });
    expect(exitCode).toBe(expected.must.length === 0 ? 0 : 1);
  });

  it("gives JSON findings all that a program needs", async () => {
    const { out } = await audit("overlap-same-labels", "--output", "json", "--config", await configOf("late"));
    const [must] = (await expectedOf("overlap-same-labels")).must;
    const report: AuditReport = JSON.parse(out);
    const found = report.findings.find(({ id }) => id === "overlap.c-same-labels");
    expect(found).toMatchObject({ severity: "critical", labels: must?.stream, groupKey: must?.group });
    expect(found?.blocks).toEqual(expect.arrayContaining([...(must?.ulids ?? [])]));
    expect(Object.keys(found ?? {})).toEqual(expect.arrayContaining(["evidence", "remedy", "consequence", "since"]));
  });

  it("tells people of a healthy bucket that nothing is wrong", async () => {
    const { exitCode, out, err } = await audit("healthy");
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toMatch(/\n\nNo finding\. 244 blocks of 4 streams; every stream uploaded by its deadline\n/);
  });

  it("shows people one cause in one block", async () => {
    const { exitCode, out } = await audit("overlap-same-labels", "--config", await configOf("healthy"));
    expect(exitCode).toBe(1);
    expect(out.match(/^(CRITICAL|WARNING).*/gm)).toEqual([expect.stringContaining("compactor.will-halt")]);
    expect(out).toContain("0@6928611441926479320");
    expect(out).toContain("Swallows 1 finding (--all).");
  });

  it("judges the same objects in S3 the same", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
    const objects = await readRecording(recordingOf("late"));
    const texts = objects.map(({ key, size, content }) => [`eu/${key}`, content ? `${content}` : "0".repeat(size)]);
    const modified = new Map(objects.map(({ key, lastModified }) => [`eu/${key}`, lastModified]));
    const server = await fakeS3({
      buckets: { blocks: Object.fromEntries(texts) },
      lastModified: (key) => modified.get(key) ?? 0,
    });
    onTestFinished(() => server.close());
    onTestFinished(() => void vi.unstubAllEnvs());
    const cli = fakeCli();
    const args = ["--endpoint", server.endpoint, "--output", "json", "--config", await configOf("late")];
    expect(await run(["audit", "s3://blocks/eu", ...args], cli)).toBe(1);
    const local: AuditReport = JSON.parse(
      (await audit("late", "--output", "json", "--config", await configOf("late"))).out,
    );
    const remote: AuditReport = JSON.parse(cli.out());
    expect(remote.findings.map(({ id, labels }) => [id, labels])).toEqual(
      local.findings.map(({ id, labels }) => [id, labels]),
    );
    expect(remote.summary).toMatchObject({ bytes: local.summary.bytes, objects: 858 });
  });

  it("judges as of another time", async () => {
    expect(await audit("healthy", "--now", "2026-11-20T15:14:59Z")).toMatchObject({ exitCode: 0 });
    expect(await audit("healthy", "--now", "2026-11-20T15:15:00Z")).toMatchObject({ exitCode: 1 });
  });

  it.each([
    ["missing", /cannot list .*missing: it does\s+not exist/],
    ["empty", /holds\s+no\s+blocks/],
    ["healthy.json/x", /does\s+not\s+exist/],
  ])("ends with 2 and judges nothing in %s", async (directory, reason) => {
    await configOf("healthy");
    const { exitCode, out, err } = await audit(directory);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toMatch(reason);
  });

  it("ends with 2 where the configuration is wrong, before it lists anything", async () => {
    const file = join(scratch, "wrong.json");
    await writeFile(file, '{"replicaLabls": []}');
    const { exitCode, out, err } = await audit("healthy", "--config", file);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain("replicaLabls: unknown name; did you mean replicaLabels?");
  });

  it("ends with 2 where options are for S3 and the bucket is a directory", async () => {
    expect(await audit("healthy", "--region", "eu-west-1")).toMatchObject({ exitCode: 2 });
  });
});

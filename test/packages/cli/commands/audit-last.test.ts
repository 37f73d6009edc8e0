import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { s3ObjectStore } from "#aws/s3-object-store";
import type { AuditReport } from "#blocks/finding";
import { RECORDED } from "#cli/demo/fleet";
import { withStage } from "#cli/local-stage";
import { run } from "#cli/program";
import { renderOpenMetrics } from "#report/open-metrics";
import { saveReport } from "#report/stored-report";
import { AUDITED_AT, auditReport, finding } from "#test/factories/audit-report";
import { type FakeCli, fakeCli } from "#test/fakes/cli";
import { localStage, scratchFolder } from "#test/fakes/local-stage";
import { fakeS3 } from "#test/fakes/s3-server";

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "example");
  return () => vi.unstubAllEnvs();
});

/** A deployed stage with these reports, and `musterbook audit --last` on it so many minutes after the judgement. */
async function deployedStage(...reports: readonly AuditReport[]) {
  const server = await fakeS3({ buckets: { state: {} }, lastModified: 0 });
  onTestFinished(() => server.close());
  const store = s3ObjectStore("s3://state/reports", { endpoint: server.endpoint });
  for (const report of reports) await saveReport(store, report);
  const last = async (bucket: string, args: readonly string[] = [], minutes = 3) => {
    const cli = fakeCli();
    cli.clock.advance(minutes * MINUTE_MS);
    const at = ["--last", "--state", "s3://state", "--endpoint", server.endpoint];
    return ended(cli, await run(["audit", bucket, ...at, ...args], cli));
  };
  return { last, requests: server.requests };
}

const ended = (cli: FakeCli, exitCode: number) => ({ exitCode, out: cli.out(), err: cli.err() });

const CLEAN = auditReport();
const BROKEN = { ...auditReport([finding(), finding({ id: "upload.gap", severity: "info" })]), url: "s3://broken/eu" };

describe("musterbook audit --last", () => {
  it("tells people when the stage judged the bucket, and then what an audit tells", async () => {
    const { last } = await deployedStage(BROKEN);
    const { out, err } = await last(BROKEN.url);

    expect(err).toBe("");
    expect(out).toMatch(
      /^Judged by the stage in s3:\/\/state, 3 m ago; it judges every 5 m\.\n\ns3:\/\/broken\/eu, 2026-11-20 13:10 UTC\n/,
    );
    expect(out).toMatch(/\n\nCRITICAL {2}upload\.late /);
    expect(out.replaceAll("\n", " ")).toContain("given in fleet.config.ts");
    expect(out).not.toContain("INFO");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    expect((await last(BROKEN.url, ["--all"])).out).toContain("INFO      upload.gap");
  });

  it.each([
    [CLEAN, 0],
    [BROKEN, 1],
  ])("ends as an audit that finds the same", async (report, exitCode) => {
    const { last } = await deployedStage(report);
    for (const output of ["table", "json", "openmetrics"]) {
      expect(await last(report.url, ["--output", output])).toMatchObject({ exitCode, err: "" });
    }
  });

  it("gives programs the report as it was stored, and a Prometheus its metrics", async () => {
    const { last } = await deployedStage(CLEAN, BROKEN);

    expect(JSON.parse((await last(BROKEN.url, ["--output", "json"])).out)).toEqual(BROKEN);
    const { out } = await last(BROKEN.url, ["--output", "openmetrics"]);
    expect(out).toBe(renderOpenMetrics(BROKEN));
    expect(out).toContain(
      `musterbook_audit_timestamp_seconds{bucket="s3://broken/eu"} ${Date.parse(AUDITED_AT) / 1000}\n`,
    );
  });

  it("reads two objects, and lists nothing", async () => {
    const { last, requests } = await deployedStage(CLEAN);
    const before = requests.length;
    await last(CLEAN.url);

    expect(requests.slice(before).map((request) => request.replace(/-[0-9a-f]{12}/, ""))).toEqual([
      "GET state/reports/s3-metrics-blocks/report.json",
      "GET state/reports/s3-metrics-blocks/metrics.prom",
    ]);
  });

  it("finds a bucket that is written with a slash at its end, here or in the configuration", async () => {
    const slashed = { ...CLEAN, url: "s3://slashed/" };
    const { last } = await deployedStage(CLEAN, slashed);

    expect(await last(`${CLEAN.url}/`)).toMatchObject({ exitCode: 0 });
    expect(await last("s3://slashed")).toMatchObject({ exitCode: 0 });
  });

  it.each([
    [10, ""],
    [11, "Warning: this report is 11 m old, and there should be one every 5 m."],
    [3 * 60, "Warning: this report is 3 h old"],
  ])("warns after %i minutes by %j, whatever the output, and ends the same", async (minutes, warning) => {
    const { last } = await deployedStage(CLEAN);
    for (const output of ["table", "json", "openmetrics"]) {
      const { exitCode, err } = await last(CLEAN.url, ["--output", output], minutes);
      expect([exitCode, err.split(/\s+/).join(" ").slice(0, warning.length)]).toEqual([0, warning]);
      expect(err === "").toBe(warning === "");
    }
  });

  it("says of a report that was too large what is not in it", async () => {
    const { last } = await deployedStage({ ...BROKEN, leftOut: { findings: 1_200, details: 1, streams: 0 } });
    const { err } = await last(BROKEN.url);
    expect(err.split(/\s+/).join(" ")).toContain(
      "Left out of the stored report, which would have been too large: 1,200 findings, details of 1 finding, 0 streams.",
    );
  });

  it("ends with 2 where there is no report, and names those that there are", async () => {
    const { last } = await deployedStage(CLEAN, BROKEN);
    const { exitCode, out, err } = await last("s3://borken/eu");

    expect([exitCode, out]).toEqual([2, ""]);
    expect(err.split(/\s+/).join(" ")).toContain("the stage in s3://state has no report of s3://borken/eu");
    expect(err).toContain("s3://broken/eu");
    expect(err).toContain(CLEAN.url);
  });

  it("does not call a bucket without blocks healthy", async () => {
    const { last } = await deployedStage({ ...CLEAN, blocks: 0 });
    expect(await last(CLEAN.url)).toMatchObject({ exitCode: 2, out: "" });
  });

  it.each([
    [["--last", "--now", "2026-11-20T13:10:00Z"], "--last"],
    [["--last", "--index", "x"], "--last"],
    [["--last", "--config", "x"], "--last"],
    [["--state", "s3://state"], "--last"],
  ])("ends with 2 where %j make no sense together", async (args, named) => {
    const cli = fakeCli();
    const { exitCode, out, err } = ended(cli, await run(["audit", "s3://blocks", ...args], cli));
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain(named);
  });
});

describe("musterbook audit --last on a local stage", () => {
  const NOW = new Date("2026-11-21T12:00:00Z");

  /** A stage that has listed and judged its bucket. */
  async function judged(): Promise<{ readonly folder: string; readonly bucket: string }> {
    const folder = await localStage({ withBucket: true, now: NOW });
    const cli = fakeCli();
    cli.clock.set(NOW);
    await withStage(cli, folder, async ({ runtime }) => void (await runtime.runUntilIdle({ maxSteps: 1_000 })));
    return { folder, bucket: join(folder, "buckets", RECORDED.name) };
  }

  it("shows what the stage's own functions found, whose recorded bucket is never old", async () => {
    const { folder, bucket } = await judged();
    const cli = fakeCli();
    cli.clock.set(NOW);
    const { exitCode, out, err } = ended(cli, await run(["audit", bucket, "--last", "--state", folder], cli));

    expect([exitCode, err]).toEqual([1, ""]);
    expect(out.split(/\s+/).join(" ")).toContain("as of the time that it was recorded at");
    expect(out).toContain("compactor.will-halt");
  });

  it("says where there is no stage, and where it has judged nothing yet", async () => {
    const folder = await localStage({ now: NOW });
    const lastIn = async (state: string) => {
      const cli = fakeCli();
      return ended(cli, await run(["audit", "./blocks", "--last", "--state", state], cli));
    };

    expect(await lastIn(await scratchFolder())).toMatchObject({
      exitCode: 2,
      err: expect.stringMatching(/there is no stage in[\s\S]*--state\s+s3:\/\//),
    });
    expect(await lastIn(folder)).toMatchObject({ exitCode: 2, err: expect.stringContaining("no report of any") });
  });
});

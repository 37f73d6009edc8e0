import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "#cli/program";
import type { ClusterRecord } from "#fleet/record";
import { fileObjectStore } from "#local/file-object-store";
import type { RollCallJson } from "#report/roll-call-json";
import { saveReport } from "#report/stored-report";
import { auditReport, finding } from "#test/factories/audit-report";
import { fakeCli } from "#test/fakes/cli";
import { contentOf, localStage, scratchFolder } from "#test/fakes/local-stage";
import { DEV, onboarded } from "#test/packages/onboard/world";

async function status(folder: string, ...args: string[]) {
  const cli = fakeCli();
  const exitCode = await run(["status", "--state", folder, ...args], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

async function presentRecord(): Promise<ClusterRecord> {
  const record = await (await onboarded()).record(DEV);
  if (record === undefined) throw new Error("it was not recorded");
  return record;
}

const NOW = new Date("2026-11-21T12:00:00Z");

describe("musterbook status", () => {
  it("ends with 2 and names the demo where there is no stage, and makes none", async () => {
    const folder = await scratchFolder();
    const { exitCode, out, err } = await status(join(folder, "none"));
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toMatch(/there is no local stage in[\s\S]*npx\s+musterbook\s+demo/);
    expect(await contentOf(folder)).toEqual({});
  });

  it.each([["status"], ["plan"]])("ends with 2 and names the file where the database is none (%s)", async (command) => {
    const folder = await scratchFolder();
    await writeFile(join(folder, "state.db"), "a text that somebody has saved under the name of the database");
    const cli = fakeCli();
    expect(await run([command, "--state", folder], cli)).toBe(2);
    expect(cli.err()).toMatch(/^musterbook: cannot use the database[\s\S]*state\.db[\s\S]*begin anew/);
  });

  it("ends with 0 where every cluster is present", async () => {
    const folder = await localStage({ records: [await presentRecord()], now: NOW });
    const { exitCode, out } = await status(folder);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^1 cluster: 1 present\n/);
  });

  it.each(["waiting", "failed"] as const)("ends with 1 and a note where a cluster is %s", async (phase) => {
    const record = { ...(await presentRecord()), phase, message: "its endpoint is private", remedy: "open it" };
    const { exitCode, out } = await status(await localStage({ records: [record], now: NOW }));
    expect(exitCode).toBe(1);
    expect(out).toContain("(1) dev-7: its endpoint is private. Open it.");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("gives programs the same facts, conditions with time and evidence", async () => {
    const record = await presentRecord();
    const { out } = await status(await localStage({ records: [record], now: NOW }), "--output", "json");
    const roll: RollCallJson = JSON.parse(out);
    expect(roll).toMatchObject({ schemaVersion: 1, summary: { clusters: 1, present: 1, waiting: 0, failed: 0 } });
    const { arn, mode, phase, conditions } = record;
    expect(roll.clusters).toMatchObject([{ arn, name: "dev-7", region: "eu-west-1", mode, phase, conditions }]);
  });

  it("takes the time of a stage that ran ahead of the machine's clock", async () => {
    const record = { ...(await presentRecord()), updatedAt: "2026-11-22T08:00:00.000Z" };
    const { out } = await status(await localStage({ records: [record], now: NOW }), "--output", "json");
    expect(JSON.parse(out)).toMatchObject({ now: "2026-11-22T08:00:00.000Z" });
  });

  it("tells of each audited bucket what its last audit found", async () => {
    const folder = await localStage({ now: NOW });
    const report = auditReport([finding()]);
    await saveReport(fileObjectStore(join(folder, "reports")), report);

    expect((await status(folder)).out).toBe(
      [
        "No cluster yet.",
        "",
        "1 audited bucket; musterbook audit <bucket> --last tells what is in one",
        "",
        "BUCKET               CRITICAL  WARNING  INFO  JUDGED",
        "s3://metrics-blocks         1        0     0  13:10",
        "",
      ].join("\n"),
    );
    expect(JSON.parse((await status(folder, "--output", "json")).out)).toMatchObject({
      buckets: [{ url: report.url, now: report.now, critical: 1, warning: 0, info: 0 }],
    });
  });

  it("says of a stage without clusters that there is none yet", async () => {
    expect(await status(await localStage({ now: NOW }))).toMatchObject({ exitCode: 0, out: "No cluster yet.\n" });
  });
});

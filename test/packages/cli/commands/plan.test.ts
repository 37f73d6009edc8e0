import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "#cli/program";
import type { FleetPlan } from "#report/plan";
import { fakeCli } from "#test/fakes/cli";
import { contentOf, localStage, scratchFolder } from "#test/fakes/local-stage";

async function plan(folder: string, ...args: string[]) {
  const cli = fakeCli();
  const exitCode = await run(["plan", "--state", folder, ...args], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

const now = fakeCli().clock.now();

describe("musterbook plan", () => {
  it("says for every cluster what would be done, and leaves every file of the stage as it is", async () => {
    const folder = await localStage({ clusters: ["dev-7", "bank-1"], now });
    const before = await contentOf(folder);

    const { exitCode, out, err } = await plan(folder);

    expect(await contentOf(folder)).toEqual(before);
    expect([exitCode, err]).toEqual([1, ""]);
    expect(out).toMatch(/^3 clusters found in 1 account, 2 regions\n {2}observe {5}1 .*\n {2}manage {6}2\n\n/);
    expect(out).toMatch(/bank-1 \(eu-west-1\) +stopped: endpoint is private/);
    expect(out).toContain("  + namespace monitoring\n  + release monitoring/musterbook: kube-prometheus-stack ");
    expect(out).toMatch(/observer \(eu-west-1\) +nothing to do: /);
    expect(out).toMatch(/ to add, 0 to change, 0 to remove. 1 cluster needs a person.\n$/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("gives programs the same facts", async () => {
    const folder = await localStage({ clusters: ["dev-7"], now });
    const { exitCode, out } = await plan(folder, "--output", "json");
    const [dev, observer]: FleetPlan["clusters"] = JSON.parse(out).clusters;
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, summary: { clusters: 2, remove: 0 } });
    expect(dev).toMatchObject({ name: "dev-7", mode: "manage", next: { kind: "do" } });
    expect(dev?.changes).toContainEqual({ action: "add", what: "namespace monitoring", after: null });
    expect(observer).toMatchObject({ name: "observer", mode: "observe", next: { kind: "nothing" }, changes: [] });
  });

  it("says so where there is nothing to do, and leaves no copy behind", async () => {
    const folder = await localStage({ now });
    const { exitCode, out } = await plan(folder);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/\n\nNothing to do\.\n$/);
    const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`musterbook-plan-${process.pid}-`));
    expect(left).toEqual([]);
  });

  it("ends with 2 where there is no stage", async () => {
    const folder = join(await scratchFolder(), "none");
    expect(await plan(folder)).toMatchObject({ exitCode: 2, err: expect.stringContaining("there is no local stage") });
  });
});

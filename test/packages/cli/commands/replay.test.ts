import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { createClusterEvent } from "#cli/demo/events";
import { run } from "#cli/program";
import { lockStage, stageHolder } from "#cli/stage/lock";
import { clusterRef } from "#fleet/cluster";
import { fakeCli } from "#test/fakes/cli";
import { contentOf, localStage, scratchFolder } from "#test/fakes/local-stage";

const { clock } = fakeCli();
const now = clock.now();
const BANK = clusterRef({ account: "111122223333", region: "eu-west-1", name: "bank-1" });
const NOBODY = clusterRef({ account: "111122223333", region: "eu-west-1", name: "nobody" });

let folder = "";

async function replay(...events: readonly unknown[]) {
  const file = join(folder, "events.jsonl");
  await writeFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const cli = fakeCli();
  const exitCode = await run(["replay", file, "--state", folder], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

describe("musterbook replay", () => {
  beforeEach(async () => {
    folder = await localStage({ clusters: ["bank-1"], withBucket: true, now });
  });

  it("puts an event on the bus, lets everything happen, and tells it", async () => {
    const { exitCode, out, err } = await replay(createClusterEvent(BANK, now, "e1"));
    expect(exitCode).toBe(0);
    expect(err.replaceAll("\n", " ")).toContain("Source aws.eks becomes musterbook.drill,");
    expect(out).toMatch(/^AWS API Call via CloudTrail, CreateCluster: cluster-events\n/);
    expect(out).toMatch(/ bank-1 +access: gave/);
    expect(out).toMatch(/ bank-1 +reach: endpoint is private/);
    expect(out).toMatch(/CRITICAL .*bank-1/);
    expect(out).toMatch(/\n1 event replayed, 0 dead-lettered\.\n$/);
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("goes on from what an earlier command left, and says where there is nothing to do", async () => {
    await replay(createClusterEvent(BANK, now, "e1"));
    const { exitCode, out } = await replay(createClusterEvent(BANK, now, "e2"));
    expect([exitCode, out]).toEqual([
      0,
      "AWS API Call via CloudTrail, CreateCluster: cluster-events\n" +
        "  nothing to do: no record changed, and there is no new alert\n1 event replayed, 0 dead-lettered.\n",
    ]);
  });

  it("hands the event over where another process has the stage", async () => {
    const unlock = await lockStage(folder);
    const { exitCode, out } = await replay(createClusterEvent(BANK, now, "e1"));
    await unlock();

    expect(exitCode).toBe(0);
    expect(out.replaceAll(/\s+/g, " ")).toContain(`1 event put on the bus; process ${process.pid} has the stage`);
    expect((await replay(createClusterEvent(NOBODY, now, "e2"))).out).toMatch(/ bank-1 +access: gave/);
  });

  it("tells why an event leads to nothing", async () => {
    const failed = createClusterEvent(BANK, now, "e1");
    const detail = {
      ...("detail" in failed && typeof failed.detail === "object" ? failed.detail : {}),
      errorCode: "No",
    };
    const unmatched = { source: "shop", "detail-type": "Order", detail: {} };
    const { exitCode, out } = await replay({ ...failed, detail }, createClusterEvent(NOBODY, now, "e2"), unmatched);
    expect(exitCode).toBe(0);
    expect(out).toContain("  ignored: failed-call, CreateCluster failed with No\n");
    expect(out).toContain("  nothing to do: EKS of this stage knows no cluster nobody, and an event alone");
    expect(out).toContain("Order: no rule matches");
    expect(out).toContain("3 events replayed");
  });

  it("ends with 1 and the reason where something is dead-lettered, and replays the rest", async () => {
    const broken = createClusterEvent({ ...BANK, arn: "nonsense" }, now, "e1");
    const { exitCode, out } = await replay(broken, createClusterEvent(NOBODY, now, "e2"));
    expect(exitCode).toBe(1);
    expect(out).toContain("  dead letter in cluster-events-dlq: event cannot be read:\n");
    expect(out).toMatch(/detail\.responseElements\.cluster\.arn is "nonsense"/);
    expect(out).toContain("2 events replayed, 1 dead-lettered.");
  });

  it("ends with 2 and touches nothing where the file is bad", async () => {
    const before = await contentOf(folder);
    const { exitCode, out, err } = await replay(createClusterEvent(BANK, now, "e1"), { source: "x" });
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain("event 2, detail-type: ");
    expect(await contentOf(folder)).toEqual({ ...before, [join(folder, "events.jsonl")]: expect.any(String) });
  });

  it("ends with 2 where the bus refuses the source", async () => {
    const { exitCode, err } = await replay({ source: "aws.ec2", "detail-type": "x", detail: {} });
    expect(exitCode).toBe(2);
    expect(err).toContain("nobody but AWS may put events of aws.ec2 on a bus");
  });

  it("ends with 2 where the database is none, and keeps no hold of the stage", async () => {
    const broken = await scratchFolder();
    await writeFile(join(broken, "state.db"), "a text that somebody has saved under the name of the database");
    const file = join(folder, "event.json");
    await writeFile(file, JSON.stringify(createClusterEvent(BANK, now, "e1")));
    const cli = fakeCli();
    expect(await run(["replay", file, "--state", broken], cli)).toBe(2);
    expect(cli.err()).toContain("cannot use the database");
    expect(await stageHolder(broken)).toBeUndefined();
  });

  it("ends with 2 where there is no stage", async () => {
    const file = join(folder, "event.json");
    await writeFile(file, JSON.stringify(createClusterEvent(BANK, now, "e1")));
    const cli = fakeCli();
    expect(await run(["replay", file, "--state", join(await scratchFolder(), "none")], cli)).toBe(2);
    expect(cli.err()).toContain("there is no local stage");
  });
});

import { describe, expect, it, onTestFinished } from "vitest";
import { readableBlocks } from "#blocks/block/block";
import { groupKeys } from "#blocks/block/group-key";
import { planBlockOf } from "#blocks/compactor/plan-block";
import { compactionBacklog } from "#blocks/compactor/progress";
import { byStreamOf } from "#blocks/groups/by-stream";
import { liveGroups } from "#blocks/groups/filters";
import { readBucket } from "#blocks/read-bucket";
import { defaultAuditSettings } from "#config/audit-settings";
import { directoryBucket } from "#local/directory-bucket";
import { objectsOf, plainHeads } from "#test/real/planner/random-buckets";
import { makeFolderBucket } from "#test/real/servers/block-bucket";
import { until } from "#test/real/servers/block-producer";
import { haltedCompactor } from "#test/real/servers/compactor";

const now = Date.now();

async function todoOf(url: string): Promise<{ readonly runs: number; readonly blocks: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? -1);
  return { runs: value("thanos_compact_todo_compactions"), blocks: value("thanos_compact_todo_compaction_blocks") };
}

describe("what a halted compactor says is to do", () => {
  it("is what the port says that Thanos counts, and less than there is", async () => {
    const [overlapping] = plainHeads(1, { now, rest: {} });
    const [copy] = plainHeads(2, { now, rest: {} }).slice(1);
    if (overlapping === undefined || copy === undefined) throw new Error("two heads");
    const blocks = [
      ...plainHeads(60, { now, rest: { labels: { cluster: "b" } } }),
      overlapping,
      { ...copy, min: overlapping.min, max: overlapping.max },
    ];
    const { folder, objstore } = await makeFolderBucket(objectsOf({ blocks }, now));
    const flags = ["--compact.progress-interval=1s", "--downsampling.disable"];
    const compactor = await haltedCompactor({ objstore, flags });
    onTestFinished(() => compactor.kill());

    const left = readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks);
    const settings = { ...defaultAuditSettings(), consistencyDelay: 0 };
    const groups = liveGroups(byStreamOf(left), { settings, now: Date.now(), groupKeyOf: await groupKeys() });
    const total = (exact: boolean) => {
      const backlogs = groups.map((group) => compactionBacklog(group.blocks.map(planBlockOf), { exact }));
      const sum = (of: "runs" | "blocks") => backlogs.reduce((all, backlog) => all + backlog[of], 0);
      return { runs: sum("runs"), blocks: sum("blocks") };
    };
    process.stderr.write(`progress: Thanos ${JSON.stringify(total(false))}, all ${JSON.stringify(total(true))}\n`);
    await until(async () => JSON.stringify(await todoOf(compactor.url)) === JSON.stringify(total(false)));
    expect(total(false).runs).toBeLessThan(total(true).runs);
    await compactor.kill();
  });
});

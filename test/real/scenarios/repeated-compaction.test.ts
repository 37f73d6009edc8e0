import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readableBlocks } from "#blocks/block/block";
import { planBlockOf } from "#blocks/compactor/plan-block";
import { planGroup } from "#blocks/compactor/plan-group";
import { readBucket } from "#blocks/read-bucket";
import { directoryBucket } from "#local/directory-bucket";
import { compactEvents } from "#test/real/planner/compact-log";
import { objectsOf, plainHeads, type RandomBlock } from "#test/real/planner/random-buckets";
import { program } from "#test/real/programs/provision";
import { makeFolderBucket } from "#test/real/servers/block-bucket";
import { until } from "#test/real/servers/block-producer";
import { thanos } from "#test/real/servers/compactor";
import { startServer } from "#test/real/servers/process";

const TIMES = 5;
const now = Date.now();

function emptyHeads(): readonly RandomBlock[] {
  return plainHeads(6, { now, rest: { isEmpty: true } });
}

function longOneWithTombstones(): readonly RandomBlock[] {
  const [first, second] = plainHeads(5, { now, rest: {} }).filter((_, index) => index === 0 || index === 4);
  if (first === undefined || second === undefined) throw new Error("two heads");
  return [{ ...first, max: second.min, tombstones: 50 }, second];
}

describe("a compaction that the port says is repeated", () => {
  it.each([
    { name: "empty blocks", blocks: emptyHeads(), repeats: "no-samples" },
    { name: "a block with many tombstones", blocks: longOneWithTombstones(), repeats: "same-sources" },
  ])("is planned by the real compactor again and again: $name", async ({ blocks, repeats }) => {
    const { folder, desk, objstore } = await makeFolderBucket(objectsOf({ blocks }, now));
    const known = readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks).map(planBlockOf);
    const outcome = planGroup(known, { vertical: false });
    expect(outcome).toMatchObject({ kind: "compact", repeats });
    const paths = [`--data-dir=${join(desk, "data")}`, `--objstore.config-file=${objstore}`];
    const own = ["--log.format=json", "--http-address=127.0.0.1:0", "--downsampling.disable", "--consistency-delay=0s"];
    const compactor = await startServer({
      name: "thanos-compact",
      command: await program("thanos"),
      args: ["compact", ...paths, ...own],
      ready: async () => true,
    });
    onTestFinished(() => compactor.kill());

    const plans = async () => {
      const text = await readFile(compactor.logFile, "utf8");
      // The last line may be half written.
      const whole = text.slice(0, text.lastIndexOf("\n"));
      return compactEvents({ exitCode: 0, text: whole }).flatMap((event) =>
        event.kind === "planned" ? [event.blocks] : [],
      );
    };
    await until(async () => (await plans()).length >= TIMES);

    const expected = outcome.kind === "compact" ? outcome.plan.blocks.map(({ ulid }) => ulid).toSorted() : [];
    expect(new Set((await plans()).map((ulids) => ulids.join()))).toEqual(new Set([expected.join()]));
  });

  it("loses the samples of a block with many tombstones: it and all of its copies are marked in the end", async () => {
    const blocks = longOneWithTombstones();
    const { folder, desk, objstore } = await makeFolderBucket(objectsOf({ blocks }, now));
    // It ends when the mark is half as old.
    const flags = ["--delete-delay=6s", "--consistency-delay=0s", "--downsampling.disable"];
    const paths = [`--data-dir=${join(desk, "data")}`, `--objstore.config-file=${objstore}`];
    const { exitCode } = await thanos(["compact", ...paths, ...flags, "--http-address=127.0.0.1:0"]);

    const left = readableBlocks((await readBucket({ bucket: directoryBucket(folder) })).blocks);
    const copies = left.filter(({ meta }) => meta.sources.includes(blocks[0]?.ulid ?? ""));
    expect(exitCode).toBe(0);
    expect(copies.length).toBeGreaterThan(1);
    expect(copies.filter(({ deletionMark }) => deletionMark === undefined)).toEqual([]);
  });
});

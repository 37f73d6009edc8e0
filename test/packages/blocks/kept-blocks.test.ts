import { describe, expect, it } from "vitest";
import { auditBucket, judgeReading } from "#blocks/audit";
import type { Block } from "#blocks/block/block";
import { keptIndexes } from "#blocks/index/kept";
import { listBucket, readIndex } from "#blocks/read-bucket";
import { memoryObjectStore } from "#local/memory-object-store";
import { settingsOf } from "#test/packages/blocks/factory";
import { FAULTS } from "#test/packages/blocks/faults/all";
import { bucketAt, type Fault, TICK, tickFrom } from "#test/packages/blocks/faults/fault";

/** What a process says that keeps the index in memory, whose blocks throw where anybody changes them. */
function upOn({ world, settings: given }: Fault) {
  const index = memoryObjectStore();
  const kept = keptIndexes(2 ** 30);
  const settings = settingsOf(given);
  return async (now: number, isListed: boolean) => {
    const bucket = bucketAt(world, now);
    const { url, endpoint } = bucket;
    // By another process.
    if (isListed) await listBucket({ bucket, index, listing: "full", now, headerShare: settings.headerShare });
    const reading = await readIndex({ index, url, kept });
    if (reading === undefined) throw new Error("the index holds no whole bucket");
    for (const block of reading.blocks) freeze(block);
    return judgeReading({ url, endpoint, reading, settings, now: new Date(now) });
  };
}

function freeze(block: Block): void {
  if (Object.isFrozen(block)) return;
  Object.assign(block.files, { set: refuse, delete: refuse, clear: refuse });
  for (const file of block.files.values()) Object.freeze(file);
  freezeAll(block);
}

function freezeAll(value: unknown): void {
  if (typeof value !== "object" || value === null || value instanceof Map || Object.isFrozen(value)) return;
  Object.freeze(value);
  Object.values(value).forEach(freezeAll);
}

function refuse(): never {
  throw new TypeError("a block that is kept was changed");
}

describe.each(FAULTS)("with blocks that are kept in memory, $id: $what", (fault) => {
  it("is told as by a process that has just started, and no block is changed by it", async () => {
    const { world, settings, from } = fault;
    const judge = upOn(fault);
    for (const now of [tickFrom(from) - TICK, tickFrom(from)]) {
      const fresh = await auditBucket({
        bucket: bucketAt(world, now),
        settings: settingsOf(settings),
        now: new Date(now),
      });
      for (const isListed of [true, false]) {
        const { summary, ...report } = await judge(now, isListed);
        const { summary: freshSummary, ...freshReport } = fresh;
        expect(report).toEqual(freshReport);
        const { objects, bytes, critical, warning, info } = freshSummary;
        expect(summary).toMatchObject({ objects, bytes, critical, warning, info });
      }
    }
  });
});

import { type FleetBlock, fleetBlocks, NOW, yearOldFleet } from "#bench/audit/fleet";
import type { Measured } from "#bench/audit/measured";
import { memoryBucket } from "#bench/audit/memory-bucket";
import type { BenchBucket, Store } from "#bench/audit/store";
import { indexBlocks } from "#blocks/index/index-block";
import { readIndexed } from "#blocks/read-bucket";

/** Blocks that events tell of between two ticks. */
const CHANGED = 5;

interface IndexedFleet {
  readonly indexed: Pick<BenchBucket, "url" | "index">;
  readonly index: Measured["index"];
  /** What goes on in the bucket: a few more of its young blocks are marked, and events tell the index so. */
  readonly events: { next(at: number): Promise<void> };
}

/** The index of a fleet whose bucket is nowhere but in it: a tick asks for nothing else. */
export async function indexFleet(store: Store, name: string, size: number): Promise<IndexedFleet> {
  const fleet = [...fleetBlocks(yearOldFleet(size))];
  const indexed = await store.empty(name);
  const objects = store.objects(indexed.index);
  await readIndexed({ bucket: memoryBucket(indexed.url, fleet), index: objects, listing: "full", now: NOW });
  const heads = fleet.filter(({ meta }) => meta.level === 1).length;
  const sources = new Set(fleet.flatMap(({ meta }) => [...meta.sources]));
  const young = fleet.filter(({ meta, mark }) => meta.level === 1 && mark === null);
  return {
    indexed,
    index: { bytes: await store.bytes(indexed.index), heads, others: fleet.length - heads, sources: sources.size },
    events: {
      next: async (at) => {
        const changed = young.splice(0, CHANGED).map((block) => marked(block, at));
        const keys = changed.map(({ meta }) => `${meta.ulid}/deletion-mark.json`);
        await indexBlocks({ bucket: memoryBucket(indexed.url, changed), indexes: objects, keys });
      },
    },
  };
}

function marked({ meta }: FleetBlock, time: number): FleetBlock {
  return { meta, mark: { time, details: "source of compacted block" } };
}

import { fleetBlocks, NOW, yearOldFleet } from "#bench/audit/fleet";
import type { Measured } from "#bench/audit/measured";
import { memoryBucket } from "#bench/audit/memory-bucket";
import type { BenchBucket, Store } from "#bench/audit/store";
import { readIndexed } from "#blocks/read-bucket";

/** The index of a fleet whose bucket is nowhere but in it: a tick asks for nothing else. */
export async function indexFleet(
  store: Store,
  name: string,
  size: number,
): Promise<{ readonly indexed: Pick<BenchBucket, "url" | "index">; readonly index: Measured["index"] }> {
  const fleet = [...fleetBlocks(yearOldFleet(size))];
  const indexed = await store.empty(name);
  const bucket = memoryBucket(indexed.url, fleet);
  await readIndexed({ bucket, index: store.objects(indexed.index), listing: "full", now: NOW });
  const heads = fleet.filter(({ meta }) => meta.level === 1).length;
  const sources = new Set(fleet.flatMap(({ meta }) => [...meta.sources]));
  return {
    indexed,
    index: { bytes: await store.bytes(indexed.index), heads, others: fleet.length - heads, sources: sources.size },
  };
}

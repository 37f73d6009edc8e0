import { blockOf } from "#bench/audit/blocks";
import type { FleetBlock } from "#bench/audit/fleet";
import { type Bodies, objectsOf } from "#bench/audit/objects";
import type { Bucket, ObjectEntry } from "#blocks/bucket/bucket";

const PAGE = 1000;
const NOTHING: Bodies = { index: Buffer.alloc(200), chunks: Buffer.alloc(100) };

/** A fleet as a bucket whose objects are made when they are asked for: for sizes that no server is filled with in a bench. */
export function memoryBucket(url: string, fleet: Iterable<FleetBlock>): Bucket {
  const blocks = [...fleet].sort((a, b) => (a.meta.ulid < b.meta.ulid ? -1 : 1));
  const byUlid = new Map(blocks.map((block) => [block.meta.ulid, block]));
  const get = async (key: string) => {
    const block = byUlid.get(key.slice(0, key.indexOf("/")));
    return block && objectsOf(block, NOTHING).find((object) => object.key === key)?.body;
  };
  return {
    url,
    endpoint: undefined,
    list: async function* ({ startAfter = "", prefix = "" } = {}) {
      let page: ObjectEntry[] = [];
      for (const block of blocks) {
        for (const entry of entriesOf(block)) {
          if (entry.key > startAfter && entry.key.startsWith(prefix)) page.push(entry);
        }
        if (page.length >= PAGE) {
          yield page;
          page = [];
        }
      }
      yield page;
    },
    get,
    getRange: async (key, { start, length }) => (await get(key))?.subarray(start, start + length),
  };
}

function entriesOf(block: FleetBlock): readonly ObjectEntry[] {
  return [...blockOf(block).files]
    .map(([path, file]) => ({ ...file, key: `${block.meta.ulid}/${path}` }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

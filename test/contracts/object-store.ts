import { describe, expect, it } from "vitest";
import { type ObjectStore, textOf, UNCHANGED } from "#blocks/bucket/bucket";
import { ConflictError } from "#fleet/errors";

/** Of an object that holds text; undefined where there is none. */
export async function textIn(store: ObjectStore, key: string): Promise<string | undefined> {
  const found = await store.read(key);
  return found && textOf(found);
}

type MakeStore = () => Promise<ObjectStore>;

/** What every store of our own objects does (the port: packages/blocks/bucket/bucket.ts). `make` gives an empty one. */
export function defineObjectStoreContract(name: string, make: MakeStore): void {
  describe(`${name}, as an object store`, () => {
    describeWrites(make);
    describeRaces(make);
  });
}

/** The contract without its races. */
export function defineObjectStoreWrites(name: string, make: MakeStore): void {
  describe(`${name}, as an object store`, () => describeWrites(make));
}

function describeWrites(make: MakeStore): void {
  it("has nothing at first", async () => {
    expect(await (await make()).read("index/a.json")).toBeUndefined();
  });

  it("reads what was written, with the version that the write returned", async () => {
    const store = await make();
    const version = await store.write("index/a.json", '{"é":1}', null);
    expect(await textIn(store, "index/a.json")).toBe('{"é":1}');
    expect((await store.read("index/a.json"))?.version).toBe(version);
  });

  it("reads no content that the caller has, and every other", async () => {
    const store = await make();
    const first = await store.write("index/a.bin", "1", null);
    expect(await store.readUnless("index/a.bin", first)).toBe(UNCHANGED);
    const second = await store.write("index/a.bin", "2", first);
    const found = await store.readUnless("index/a.bin", first);
    expect(found === UNCHANGED ? found : [found && textOf(found), found?.version]).toEqual(["2", second]);
    expect(await store.readUnless("index/a.bin", second)).toBe(UNCHANGED);
    expect(await store.readUnless("index/b.bin", first)).toBeUndefined();
  });

  it("keeps every byte", async () => {
    const store = await make();
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await store.write("index/a", bytes, null);
    expect([...((await store.read("index/a"))?.bytes ?? [])]).toEqual([...bytes]);
  });

  it("keeps keys apart, also where one is the beginning of another", async () => {
    const store = await make();
    await store.write("index", "1", null);
    await store.write("index/a", "2", null);
    await store.write("index/ab", "", null);
    expect(await textIn(store, "index")).toBe("1");
    expect(await textIn(store, "index/a")).toBe("2");
    expect(await textIn(store, "index/ab")).toBe("");
  });

  it("creates only what does not exist", async () => {
    const store = await make();
    await store.write("a", "1", null);
    await expect(store.write("a", "2", null)).rejects.toThrow(ConflictError);
    await expect(store.write("b", "2", "1")).rejects.toThrow(ConflictError);
    expect(await textIn(store, "a")).toBe("1");
    expect(await store.read("b")).toBeUndefined();
  });

  it("replaces only the version that was read", async () => {
    const store = await make();
    const first = await store.write("a", "1", null);
    const second = await store.write("a", "2", first);
    expect(second).not.toBe(first);
    await expect(store.write("a", "3", first)).rejects.toThrow(ConflictError);
    expect(await textIn(store, "a")).toBe("2");
    expect((await store.read("a"))?.version).toBe(second);
  });

  it("writes over a text that came back, whether or not its version came back with it", async () => {
    const store = await make();
    const first = await store.write("a", "1", null);
    const second = await store.write("a", "2", first);
    const third = await store.write("a", "1", second);
    await expect(store.write("a", "3", second)).rejects.toThrow(ConflictError);
    await store.write("a", "3", third);
    expect(await textIn(store, "a")).toBe("3");
  });
}

function describeRaces(make: MakeStore): void {
  it("lets one of 20 racing writers win", async () => {
    const store = await make();
    const version = await store.write("a", "start", null);
    const race = await Promise.allSettled(
      Array.from({ length: 20 }, (_, writer) => store.write("a", `writer ${writer}`, version)),
    );
    const winners = race.flatMap(({ status }, writer) => (status === "fulfilled" ? [`writer ${writer}`] : []));
    expect(winners).toHaveLength(1);
    expect(await textIn(store, "a")).toBe(winners[0]);
    expect(race.filter((end) => end.status === "rejected" && end.reason instanceof ConflictError)).toHaveLength(19);
  });

  it("loses no increment of 8 writers that read again after a conflict", async () => {
    const store = await make();
    const increment = async (): Promise<void> => {
      const found = await store.read("count");
      try {
        await store.write("count", String(Number(found === undefined ? 0 : textOf(found)) + 1), found?.version ?? null);
      } catch (error) {
        if (!(error instanceof ConflictError)) throw error;
        await increment();
      }
    };
    const writer = async () => {
      for (let turn = 0; turn < 5; turn += 1) await increment();
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    expect(await textIn(store, "count")).toBe("40");
  });
}

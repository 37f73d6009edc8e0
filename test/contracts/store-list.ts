import { describe, expect, it } from "vitest";
import { ConflictError } from "#fleet/errors";
import { STORE_LIST_VERSION, type StoreList, type StoreListState } from "#stores/store-list";

function stateOf(...addresses: readonly string[]): StoreListState {
  return {
    schemaVersion: STORE_LIST_VERSION,
    entries: addresses.map((address) => ({ address, cluster: `cluster-of-${address}` })),
    history: [{ at: "2026-11-21T10:00:00.000Z", addresses }],
    yaml: `# Grüße, ${addresses.join(" ")}\nendpoints: []\n`,
    updatedAt: "2026-11-21T10:00:00.000Z",
  };
}

/** What every StoreList must do; `make` gives an empty one. */
export function storeListContract(name: string, make: () => Promise<StoreList>): void {
  describe(`${name}, as a StoreList`, () => {
    it("reads nothing before the first write", async () => {
      expect(await (await make()).read()).toBeUndefined();
    });

    it("reads back what was written, with the version that the write told", async () => {
      const list = await make();
      const version = await list.write(stateOf("a:1", "b:2"), null);
      expect(await list.read()).toEqual({ state: stateOf("a:1", "b:2"), version });
    });

    it("replaces the state whose version is named", async () => {
      const list = await make();
      const first = await list.write(stateOf("a:1", "b:2"), null);
      const second = await list.write(stateOf("a:1"), first);
      expect(second).not.toBe(first);
      expect(await list.read()).toEqual({ state: stateOf("a:1"), version: second });
    });

    it("refuses a write over a version that is no longer there, and keeps what is", async () => {
      const list = await make();
      const first = await list.write(stateOf("a:1"), null);
      await list.write(stateOf("b:2"), first);
      await expect(list.write(stateOf("c:3"), first)).rejects.toBeInstanceOf(ConflictError);
      expect((await list.read())?.state).toEqual(stateOf("b:2"));
    });

    it("refuses a first write where there is a list", async () => {
      const list = await make();
      await list.write(stateOf("a:1"), null);
      await expect(list.write(stateOf("b:2"), null)).rejects.toBeInstanceOf(ConflictError);
    });

    it("refuses to replace a list that is not there", async () => {
      await expect((await make()).write(stateOf("a:1"), "1")).rejects.toBeInstanceOf(ConflictError);
    });

    it("lets exactly one of several writers at once win", async () => {
      const list = await make();
      const version = await list.write(stateOf("a:1"), null);
      const writes = ["b:1", "c:1", "d:1", "e:1"].map((address) => list.write(stateOf(address), version));
      const results = await Promise.allSettled(writes);
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const lost = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      expect(lost.every((error) => error instanceof ConflictError)).toBe(true);
    });
  });
}

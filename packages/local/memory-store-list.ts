import { ConflictError } from "#fleet/errors";
import type { StoreList, StoreListState } from "#stores/store-list";

/** A store list that lives as long as the process. */
export function memoryStoreList(): StoreList {
  let stored: { readonly state: StoreListState; readonly version: string } | undefined;
  let writes = 0;
  return {
    read: () => Promise.resolve(structuredClone(stored)),
    write: async (state, expected) => {
      if ((stored?.version ?? null) !== expected) {
        throw new ConflictError("the store list was written by somebody else meanwhile", {
          reason: "store-list-conflict",
          remedy: "Read it again and decide again.",
        });
      }
      writes += 1;
      stored = { state: structuredClone(state), version: String(writes) };
      return stored.version;
    },
  };
}

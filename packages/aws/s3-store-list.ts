import { type ObjectStore, type StoredObject, textOf } from "#blocks/bucket/bucket";
import { ConflictError } from "#fleet/errors";
import type { StoreList } from "#stores/store-list";
import { readStoreListState } from "#stores/store-list-schema";

const TRUTH = "store-list.json";
const YAML = "endpoints.yaml";

/**
 * The store list as two objects: `store-list.json` is the truth, `endpoints.yaml` beside it is for people and for a Querier
 * that mounts it. `yaml` is read from where it is used: so a publication finds it wrong, and writes it again, when a
 * writer died between the two, lost to another, or somebody edited it. `url` names the place in messages.
 */
export function s3StoreList(objects: ObjectStore, url: string): StoreList {
  return {
    read: async () => {
      const [truth, yaml] = await Promise.all([objects.read(TRUTH), objects.read(YAML)]);
      if (truth === undefined) return undefined;
      const state = readStoreListState(textOf(truth), `${url}/${TRUTH}`);
      return { state: { ...state, yaml: textOr(yaml) }, version: truth.version };
    },
    write: async (state, expected) => {
      const [truth, yaml] = await Promise.all([objects.read(TRUTH), objects.read(YAML)]);
      if ((truth?.version ?? null) !== expected) throw conflict(url);
      if (yaml === undefined || textOf(yaml) !== state.yaml)
        await objects.write(YAML, state.yaml, yaml?.version ?? null);
      return objects.write(TRUTH, `${JSON.stringify(state, null, 2)}\n`, expected);
    },
  };
}

function textOr(stored: StoredObject | undefined): string {
  return stored === undefined ? "" : textOf(stored);
}

function conflict(url: string): ConflictError {
  return new ConflictError(`the store list in ${url} was written by somebody else meanwhile`, {
    reason: "store-list-conflict",
    remedy: "Read it again and decide again.",
  });
}

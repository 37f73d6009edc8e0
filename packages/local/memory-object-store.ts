import { createHash } from "node:crypto";
import type { ObjectStore } from "#blocks/bucket";
import { ConflictError } from "#fleet/errors";

/** Objects in memory, for tests and for one run. */
export function memoryObjectStore(): ObjectStore {
  const objects = new Map<string, { readonly text: string; readonly version: string }>();
  return {
    read: async (key) => objects.get(key),
    async write(key, text, expected) {
      const found = objects.get(key)?.version ?? null;
      if (found !== expected) {
        throw new ConflictError(`${key} has changed: version ${found ?? "none"} instead of ${expected ?? "none"}`, {
          reason: "version-conflict",
          field: key,
          value: found,
          remedy: "Read it again and redo the change.",
        });
      }
      const version = createHash("sha256").update(text).digest("hex");
      objects.set(key, { text, version });
      return version;
    },
  };
}

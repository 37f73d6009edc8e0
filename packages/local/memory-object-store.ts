import { createHash } from "node:crypto";
import { type ObjectStore, type StoredObject, UNCHANGED } from "#blocks/bucket/bucket";
import { ConflictError } from "#fleet/errors";

/** Objects in memory, for tests and for one run. */
export function memoryObjectStore(): ObjectStore {
  const objects = new Map<string, StoredObject>();
  return {
    read: async (key) => objects.get(key),
    readUnless: async (key, version) => {
      const found = objects.get(key);
      return found?.version === version ? UNCHANGED : found;
    },
    async write(key, content, expected) {
      const found = objects.get(key)?.version ?? null;
      if (found !== expected) {
        throw new ConflictError(`${key} has changed: version ${found ?? "none"} instead of ${expected ?? "none"}`, {
          reason: "version-conflict",
          field: key,
          value: found,
          remedy: "Read it again and redo the change.",
        });
      }
      const bytes = Buffer.from(content);
      const version = createHash("sha256").update(bytes).digest("hex");
      objects.set(key, { bytes, version });
      return version;
    },
  };
}

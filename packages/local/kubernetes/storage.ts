import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import type { KubeStorage } from "#local/kubernetes/store";
import type { KubeObject } from "#onboard/ports";

const Row = v.object({ key: v.string(), object: v.string() });
const StoredObject = v.looseObject({
  apiVersion: v.string(),
  kind: v.string(),
  metadata: v.looseObject({ name: v.string() }),
});

/** Keeps the objects of `cluster` in the table `kube_objects` of an open database, which several clusters may share. */
export function sqliteKubeStorage(db: DatabaseSync, cluster: string): KubeStorage {
  db.exec(
    "CREATE TABLE IF NOT EXISTS kube_objects (cluster TEXT, key TEXT, object TEXT NOT NULL, PRIMARY KEY (cluster, key)) WITHOUT ROWID",
  );
  const all = db.prepare("SELECT key, object FROM kube_objects WHERE cluster = ? ORDER BY key");
  const upsert = db.prepare("INSERT OR REPLACE INTO kube_objects (cluster, key, object) VALUES (?, ?, ?)");
  const drop = db.prepare("DELETE FROM kube_objects WHERE cluster = ? AND key = ?");
  return {
    *load() {
      for (const row of all.all(cluster)) {
        const { key, object } = v.parse(Row, row);
        yield { key, object: v.parse(StoredObject, JSON.parse(object)) as KubeObject };
      }
    },
    save(key, object) {
      upsert.run(cluster, key, JSON.stringify(object));
    },
    remove(key) {
      drop.run(cluster, key);
    },
  };
}

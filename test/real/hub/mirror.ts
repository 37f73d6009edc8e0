import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { watchApi } from "#test/real/servers/api";
import type { RealCluster } from "#test/real/servers/cluster";

const Event = v.object({
  type: v.string(),
  object: v.object({ data: v.optional(v.record(v.string(), v.string()), {}) }),
});

/**
 * Stands for the kubelet: keeps the keys of a ConfigMap as files in a folder, each replaced as a whole; they stay when it
 * is deleted. Returns how to end it.
 */
export async function mirrorConfigMap(
  { server, certificateAuthority, adminToken: token }: RealCluster,
  of: { readonly namespace: string; readonly name: string },
  folder: string,
): Promise<() => Promise<void>> {
  const ending = new AbortController();
  const path = `/api/v1/namespaces/${of.namespace}/configmaps?watch=1&fieldSelector=metadata.name%3D${of.name}`;
  const watch = await watchApi({ url: `${server}${path}`, certificateAuthority, token }, ending.signal);
  if (watch.events === undefined) throw new Error(`cannot watch ${path}: ${watch.body}`);
  const { events } = watch;
  const mirroring = (async () => {
    for await (const event of events) {
      const { type, object } = v.parse(Event, event);
      if (type === "DELETED") continue;
      for (const [key, text] of Object.entries(object.data)) {
        await writeFile(join(folder, `.${key}`), text);
        await rename(join(folder, `.${key}`), join(folder, key));
      }
    }
  })();
  return async () => {
    ending.abort();
    await mirroring;
  };
}

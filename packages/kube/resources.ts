import * as v from "valibot";
import { kubeError, parseStatus } from "#kube/errors";
import { parseJson, parseReply } from "#kube/reply";
import type { Transport } from "#kube/transport";

const ResourceList = v.object({
  resources: v.array(v.object({ name: v.string(), kind: v.string(), namespaced: v.boolean() })),
});

/** Where the API server keeps a kind. */
export interface Resource {
  /** `/api/v1` or `/apis/<group>/<version>`. */
  readonly root: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export type FindResource = (apiVersion: string, kind: string) => Promise<Resource | undefined>;

/** Finds kinds by discovery. What was found is remembered; what was not is asked for again, since a CRD may have come. */
export function resourceFinder(send: Transport): FindResource {
  const known = new Map<string, Resource>();

  return async (apiVersion, kind) => {
    const found = known.get(`${apiVersion}/${kind}`);
    if (found !== undefined) return found;
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const doing = `discover ${apiVersion}`;
    const reply = await send({ method: "GET", path: root, doing });
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw kubeError(reply.status, parseStatus(parseJson(reply.body)), doing);
    for (const { name, kind: served, namespaced } of parseReply(ResourceList, reply.body, doing).resources) {
      if (!name.includes("/")) known.set(`${apiVersion}/${served}`, { root, plural: name, namespaced });
    }
    return known.get(`${apiVersion}/${kind}`);
  };
}

/** The path of a collection, or of one object in it. Without a namespace: all of them, or `default` for one object. */
export function pathOf(
  resource: Resource,
  at: { readonly namespace?: string | undefined; readonly name?: string },
): string {
  const namespace = at.namespace ?? (at.name === undefined ? undefined : "default");
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const name = at.name === undefined ? "" : `/${encodeURIComponent(at.name)}`;
  return `${resource.root}${scope}/${resource.plural}${name}`;
}

import * as v from "valibot";
import { releaseSecret } from "#helm/revisions";
import type { KubeApi, KubeObject, KubeRef, ReleaseRevision, ReleaseStatus } from "#onboard/ports";

/** A release record of the in-memory helm. */
export interface MemoryRelease {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly status: ReleaseStatus;
  /** Ours, without helm's own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly objects: readonly KubeObject[];
}

const HELM_LABELS = new Set(["owner", "name", "status", "version", "createdAt", "modifiedAt"]);

const Objects = v.array(
  v.looseObject({
    apiVersion: v.string(),
    kind: v.string(),
    metadata: v.looseObject({ name: v.string(), namespace: v.optional(v.string()) }),
  }),
);
const Body = v.looseObject({ release: v.string() });

/** Writes the record as helm labels it; `createdAt` on the first write, `modifiedAt` on later ones. */
export async function writeRelease(
  kube: KubeApi,
  release: MemoryRelease,
  at: { readonly createdAt: Date } | { readonly modifiedAt: Date },
): Promise<void> {
  const { name, namespace, revision, status, labels, objects } = release;
  const times = Object.entries(at).map(([key, date]) => [key, String(Math.floor(date.getTime() / 1000))]);
  const { apiVersion, kind, name: secret } = releaseSecret(name, namespace, revision);
  const helms = { owner: "helm", name, status, version: String(revision), ...Object.fromEntries(times) };
  await kube.apply({
    apiVersion,
    kind,
    metadata: { name: secret, namespace, labels: { ...labels, ...helms } },
    type: "helm.sh/release.v1",
    data: { release: Buffer.from(JSON.stringify(objects)).toString("base64") },
  });
}

/** The record behind a revision; undefined when it is gone. */
export async function readRelease(kube: KubeApi, revision: ReleaseRevision): Promise<MemoryRelease | undefined> {
  const { name, namespace, status } = revision;
  const secret = await kube.get(releaseSecret(name, namespace, revision.revision));
  if (secret === undefined) return undefined;
  const { release } = v.parse(Body, secret.data);
  const objects = v.parse(Objects, JSON.parse(Buffer.from(release, "base64").toString("utf8")));
  const ours = Object.entries(revision.labels).filter(([key]) => !HELM_LABELS.has(key));
  return {
    name,
    namespace,
    revision: revision.revision,
    status,
    labels: Object.fromEntries(ours),
    objects: objects as readonly KubeObject[],
  };
}

type Owner = Pick<MemoryRelease, "name" | "namespace">;

/** The first of `objects` that is in the cluster already and is not this release's. */
export async function findForeign(
  kube: KubeApi,
  owner: Owner,
  objects: readonly KubeObject[],
): Promise<KubeObject | undefined> {
  for (const object of objects) {
    const there = await kube.get(refOf(object));
    if (there !== undefined && !isOwned(there, owner)) return there;
  }
  return undefined;
}

/** Deletes what is still this release's. */
export async function removeObjects(kube: KubeApi, owner: Owner, objects: readonly KubeObject[]): Promise<void> {
  for (const object of objects.toReversed()) {
    const there = await kube.get(refOf(object));
    if (there !== undefined && isOwned(there, owner)) await kube.delete(refOf(object));
  }
}

function isOwned({ metadata }: KubeObject, { name, namespace }: Owner): boolean {
  const { annotations } = metadata;
  return (
    annotations?.["meta.helm.sh/release-name"] === name && annotations["meta.helm.sh/release-namespace"] === namespace
  );
}

function refOf({ apiVersion, kind, metadata }: KubeObject): KubeRef {
  const { name, namespace } = metadata;
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, name, namespace };
}

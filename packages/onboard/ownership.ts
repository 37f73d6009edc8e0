import type { ClusterRef } from "#fleet/cluster";
import type { KubeObject } from "#onboard/ports";

/** On the Secrets of our releases: whose they are, and which values they were made of. */
export const OWNER_LABEL = "musterbook.dev/owner";
export const VALUES_LABEL = "musterbook.dev/values";
export const OWNER = "musterbook";

/** Tag of a cluster that holds its new external labels, `stage=prod`: somebody knows that the stream under the old ones ends. */
export const RELABEL_TAG = "musterbook:relabel";

const MANAGED_BY = "app.kubernetes.io/managed-by";

export interface ReleaseName {
  readonly name: string;
  readonly namespace: string;
}

/** The access policy that kube-prometheus-stack needs: the lesser ones hold no custom resources and no ClusterRoles. */
export function adminPolicyOf(ref: Pick<ClusterRef, "partition">): string {
  return `arn:${ref.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`;
}

/** The namespace of a leaf as we make it, marked as ours. */
export function namespaceObject(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [MANAGED_BY]: OWNER } } };
}

/** Whether helm installed an object as part of a release. */
export function belongsTo(object: KubeObject, release: ReleaseName): boolean {
  const { annotations = {} } = object.metadata;
  return (
    annotations["meta.helm.sh/release-name"] === release.name &&
    annotations["meta.helm.sh/release-namespace"] === release.namespace
  );
}

/** Who manages an object, in words: Argo CD, Flux and helm leave their names on what they make. */
export function ownerOf(object: KubeObject): string {
  return namedOwner(object) ?? "somebody who left no name";
}

/** Whether another tool has left its name on an object, and would make it again. */
export function hasOwner(object: KubeObject): boolean {
  return namedOwner(object) !== undefined;
}

function namedOwner(object: KubeObject): string | undefined {
  const { labels = {}, annotations = {} } = object.metadata;
  const tracked = annotations["argocd.argoproj.io/tracking-id"]?.split(":")[0];
  const application = labels["argocd.argoproj.io/instance"] ?? annotations["argocd.argoproj.io/instance"] ?? tracked;
  if (application !== undefined) return `Argo CD application ${application}`;
  for (const [kind, domain] of FLUX) {
    const name = labels[`${domain}/name`];
    if (name !== undefined) return `Flux ${kind} ${labels[`${domain}/namespace`] ?? "?"}/${name}`;
  }
  const release = annotations["meta.helm.sh/release-name"];
  if (release !== undefined) return `helm release ${annotations["meta.helm.sh/release-namespace"] ?? "?"}/${release}`;
  const manager = labels[MANAGED_BY];
  return manager === undefined || manager === OWNER ? undefined : `somebody who manages it by ${manager}`;
}

const FLUX = [
  ["HelmRelease", "helm.toolkit.fluxcd.io"],
  ["Kustomization", "kustomize.toolkit.fluxcd.io"],
] as const;

/** `Kind namespace/name`. */
export function nameOf(object: {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}): string {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? `${object.kind} ${name}` : `${object.kind} ${namespace}/${name}`;
}

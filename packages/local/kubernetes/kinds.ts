import { isObject } from "#local/kubernetes/json";
import type { KubeObject } from "#onboard/ports";

/** One served kind. `group` is empty for the core group. */
export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether `status` is a subresource: then a plain write leaves it alone. */
  readonly status: boolean;
  readonly shortNames?: readonly string[];
}

/** group/version, then rows of kind, plural, scope, `+` for a status subresource, short names. */
const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  v1: [
    "ConfigMap configmaps ns - cm",
    "Endpoints endpoints ns - ep",
    "Event events ns - ev",
    "LimitRange limitranges ns - limits",
    "Namespace namespaces all + ns",
    "Node nodes all + no",
    "PersistentVolume persistentvolumes all + pv",
    "PersistentVolumeClaim persistentvolumeclaims ns + pvc",
    "Pod pods ns + po",
    "ResourceQuota resourcequotas ns + quota",
    "Secret secrets ns -",
    "Service services ns + svc",
    "ServiceAccount serviceaccounts ns - sa",
  ],
  "apps/v1": [
    "ControllerRevision controllerrevisions ns -",
    "DaemonSet daemonsets ns + ds",
    "Deployment deployments ns + deploy",
    "ReplicaSet replicasets ns + rs",
    "StatefulSet statefulsets ns + sts",
  ],
  "batch/v1": ["CronJob cronjobs ns + cj", "Job jobs ns +"],
  "rbac.authorization.k8s.io/v1": [
    "ClusterRole clusterroles all -",
    "ClusterRoleBinding clusterrolebindings all -",
    "Role roles ns -",
    "RoleBinding rolebindings ns -",
  ],
  "networking.k8s.io/v1": [
    "Ingress ingresses ns + ing",
    "IngressClass ingressclasses all -",
    "NetworkPolicy networkpolicies ns - netpol",
  ],
  "policy/v1": ["PodDisruptionBudget poddisruptionbudgets ns + pdb"],
  "autoscaling/v2": ["HorizontalPodAutoscaler horizontalpodautoscalers ns + hpa"],
  "admissionregistration.k8s.io/v1": [
    "MutatingWebhookConfiguration mutatingwebhookconfigurations all -",
    "ValidatingWebhookConfiguration validatingwebhookconfigurations all -",
  ],
  "apiextensions.k8s.io/v1": ["CustomResourceDefinition customresourcedefinitions all + crd,crds"],
  "storage.k8s.io/v1": [
    "CSIDriver csidrivers all -",
    "StorageClass storageclasses all - sc",
    "VolumeAttachment volumeattachments all +",
  ],
  "scheduling.k8s.io/v1": ["PriorityClass priorityclasses all - pc"],
  "discovery.k8s.io/v1": ["EndpointSlice endpointslices ns -"],
  "coordination.k8s.io/v1": ["Lease leases ns -"],
};

export const BUILT_IN_KINDS: readonly Kind[] = Object.entries(BUILT_IN).flatMap(([apiVersion, rows]) =>
  rows.map((row) => builtIn(apiVersion, row)),
);

function builtIn(apiVersion: string, row: string): Kind {
  const [kind = "", plural = "", scope, status, short] = row.split(" ");
  const shortNames = short === undefined ? {} : { shortNames: short.split(",") };
  return {
    ...splitApiVersion(apiVersion),
    kind,
    plural,
    namespaced: scope === "ns",
    status: status === "+",
    ...shortNames,
  };
}

/** `apps/v1` to group and version; `v1` has the empty group. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  if (slash === -1) return { group: "", version: apiVersion };
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function apiVersionOf(kind: Pick<Kind, "group" | "version">): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}

/** Where objects of a kind are stored: all versions of a kind are one resource. */
export function resourceOf(kind: Pick<Kind, "group" | "plural">): string {
  return `${kind.group}/${kind.plural}`;
}

export const CRD_RESOURCE = "apiextensions.k8s.io/customresourcedefinitions";

/** The kinds that a CustomResourceDefinition serves, one per served version. */
export function kindsOfCrd(crd: KubeObject): readonly Kind[] {
  const spec = isObject(crd.spec) ? crd.spec : {};
  const names = isObject(spec.names) ? spec.names : {};
  const versions = Array.isArray(spec.versions) ? spec.versions.filter(isObject) : [];
  const shortNames = Array.isArray(names.shortNames) ? { shortNames: names.shortNames.map(String) } : {};
  return versions
    .filter((version) => version.served !== false)
    .map((version) => ({
      group: String(spec.group),
      version: String(version.name),
      kind: String(names.kind),
      plural: String(names.plural),
      namespaced: spec.scope !== "Cluster",
      status: isObject(version.subresources) && isObject(version.subresources.status),
      ...shortNames,
    }));
}

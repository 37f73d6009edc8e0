import { TerminalError } from "#fleet/errors";
import type { KubeObject, UpgradeRequest } from "#onboard/ports";

/** The kinds of prometheus-operator, as plural and kind. */
const MONITORING_KINDS = [
  ["alertmanagerconfigs", "AlertmanagerConfig", "v1alpha1"],
  ["alertmanagers", "Alertmanager", "v1"],
  ["podmonitors", "PodMonitor", "v1"],
  ["probes", "Probe", "v1"],
  ["prometheusagents", "PrometheusAgent", "v1alpha1"],
  ["prometheuses", "Prometheus", "v1"],
  ["prometheusrules", "PrometheusRule", "v1"],
  ["scrapeconfigs", "ScrapeConfig", "v1alpha1"],
  ["servicemonitors", "ServiceMonitor", "v1"],
  ["thanosrulers", "ThanosRuler", "v1"],
] as const;

type Json = Readonly<Record<string, unknown>>;

/** Permissive definitions of the ten monitoring.coreos.com kinds. */
export function monitoringCrds(): readonly KubeObject[] {
  return MONITORING_KINDS.map(([plural, kind, version]) => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.monitoring.coreos.com` },
    spec: {
      group: "monitoring.coreos.com",
      scope: "Namespaced",
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
        },
      ],
    },
  }));
}

/**
 * What the in-memory helm makes of values: the Prometheus resource and `extraManifests`, where it knows
 * `.Release.Namespace`, `.Values.fullnameOverride` and a quoted literal, and refuses any other template.
 */
export function renderMemoryChart({ release, namespace, values }: UpgradeRequest): readonly KubeObject[] {
  const fullname = typeof values.fullnameOverride === "string" ? values.fullnameOverride : release;
  const extra = Object.values(objectAt(values.extraManifests)).map((manifest) => expand(manifest) as KubeObject);
  const prometheus = objectAt(values.prometheus);
  const owned = prometheus.enabled === false ? extra : [prometheusOf(objectAt(prometheus.prometheusSpec)), ...extra];
  return owned.map((object) => ownedBy(release, namespace, object));

  function prometheusOf(spec: Json): KubeObject {
    const { replicas = 1, externalLabels = {} } = expand(spec) as Json;
    const { objectStorageConfig, ...sidecar } = objectAt(spec.thanos);
    const { existingSecret } = objectAt(objectStorageConfig);
    const thanos = existingSecret === undefined ? sidecar : { ...sidecar, objectStorageConfig: existingSecret };
    return {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "Prometheus",
      metadata: { name: fullname, namespace },
      spec: { replicas, externalLabels, thanos },
    };
  }

  function expand(value: unknown): unknown {
    if (typeof value === "string")
      return value.replaceAll(/\{\{(.*?)\}\}/gs, (_, action: string) => evaluate(action.trim()));
    if (Array.isArray(value)) return value.map(expand);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
  }

  function evaluate(action: string): string {
    if (action === ".Release.Namespace") return namespace;
    if (action === ".Values.fullnameOverride") return fullname;
    if (action === "`{{`") return "{{";
    throw new TerminalError(`the in-memory helm cannot evaluate {{ ${action} }}`, {
      reason: "helm-failed",
      field: "values",
      value: action,
      remedy: "Use the real helm for charts and values with templates of their own.",
    });
  }
}

function ownedBy(release: string, namespace: string, object: KubeObject): KubeObject {
  const { labels, annotations } = object.metadata;
  const ours = { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace };
  const scope = object.kind.startsWith("Cluster") ? {} : { namespace };
  return {
    ...object,
    metadata: {
      ...scope,
      ...object.metadata,
      labels: { ...labels, "app.kubernetes.io/managed-by": "Helm" },
      annotations: { ...annotations, ...ours },
    },
  };
}

function objectAt(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

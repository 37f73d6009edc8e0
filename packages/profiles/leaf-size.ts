/** How much a leaf gets. `standard` is an HA pair over two zones; `lean` is one replica, for fleets of six. */
export interface Sizing {
  readonly prometheus: {
    readonly replicas: number;
    /** `hard` keeps a replica Pending where only one zone has nodes. */
    readonly podAntiAffinity: "hard" | "soft";
    /** With one replica a budget would only block the draining of nodes. */
    readonly disruptionBudget: boolean;
    readonly storage: string;
    readonly retentionSize: string;
    readonly resources: Resources;
  };
  readonly sidecar: Resources;
  readonly alertmanager: { readonly replicas: number; readonly resources: Resources };
  readonly query: { readonly replicas: number; readonly resources: Resources };
  readonly operator: Resources;
}

interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/** No CPU limits: throttling makes scrapes late. */
function resources(cpu: string, memory: string, limit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

export const LEAF_SIZES: Readonly<Record<"standard" | "lean", Sizing>> = {
  standard: {
    prometheus: {
      replicas: 2,
      podAntiAffinity: "hard",
      disruptionBudget: true,
      storage: "50Gi",
      retentionSize: "40GB",
      resources: resources("250m", "1Gi", "4Gi"),
    },
    sidecar: resources("50m", "128Mi", "512Mi"),
    alertmanager: { replicas: 2, resources: resources("20m", "64Mi", "256Mi") },
    query: { replicas: 2, resources: resources("50m", "128Mi", "1Gi") },
    operator: resources("50m", "128Mi", "512Mi"),
  },
  lean: {
    prometheus: {
      replicas: 1,
      podAntiAffinity: "soft",
      disruptionBudget: false,
      storage: "20Gi",
      retentionSize: "15GB",
      resources: resources("100m", "400Mi", "2Gi"),
    },
    sidecar: resources("20m", "64Mi", "256Mi"),
    alertmanager: { replicas: 1, resources: resources("10m", "32Mi", "128Mi") },
    query: { replicas: 1, resources: resources("20m", "64Mi", "512Mi") },
    operator: resources("20m", "64Mi", "256Mi"),
  },
};

export const EXPORTER_RESOURCES = {
  kubeStateMetrics: resources("20m", "64Mi", "256Mi"),
  nodeExporter: resources("20m", "32Mi", "128Mi"),
  configReloader: resources("10m", "32Mi", "64Mi"),
} as const;

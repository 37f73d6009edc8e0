import { TerminalError } from "#fleet/errors";
import { LEAF_ALERT_TEMPLATES, leafAlertmanagerConfig } from "#profiles/leaf-alertmanager";
import { leafQueryManifests } from "#profiles/leaf-query";
import { EXPORTER_RESOURCES, LEAF_SIZES, type Sizing } from "#profiles/leaf-size";
import { checkOurs } from "#profiles/ours";
import { mergeValues, type Values } from "#profiles/overrides";
import { templateLiteral } from "#profiles/template-literal";
import { checkValueKeys, type ValueKeys } from "#profiles/value-keys";

export interface LeafInput {
  /** Name of the release and of everything in it, at most 26 characters. */
  readonly fullname: string;
  /** Of the leaf Querier's Deployment and Service; `leaf.endpointService`. */
  readonly queryName: string;
  /** On every series and block; `cluster` is a must, the usual others are `region`, `account` and `stage`. An empty value is left out. */
  readonly externalLabels: { readonly cluster: string; readonly [name: string]: string };
  readonly size: "standard" | "lean";
  readonly sourceRanges: readonly string[];
  readonly autoMode: boolean;
  /** Without it alerts stay in the cluster. */
  readonly alertTopicArn?: string | undefined;
  /** IAM roles by IRSA; none with Pod Identity. */
  readonly roleArns?: { readonly prometheus?: string; readonly alertmanager?: string };
  readonly thanos?: { readonly image: string; readonly version: string };
  /** Raw chart values, laid over in this order. */
  readonly overrides?: readonly Values[];
  /** The chart's keys: an override that is none of them is an error then. */
  readonly knownKeys?: ValueKeys;
}

export const REPLICA_LABEL = "prometheus_replica";
/** Longer full names are cut by the chart, and then nothing is called what we look for. */
const MAX_FULLNAME = 26;
const THANOS = { image: "quay.io/thanos/thanos:v0.42.4", version: "v0.42.4" } as const;
/** Made before the release, since pods wait for it. */
const OBJECT_STORE_SECRET = { name: "thanos-objstore", key: "objstore.yml" } as const;
const STORAGE_CLASS = "gp3";

/**
 * Values of kube-prometheus-stack for a monitored cluster in topology `sidecar`: one object,
 * nothing from outside evaluated as a template. TerminalError `name-too-long`, `topic-invalid`, `value-null`, `value-ours` or `value-unknown`.
 */
export function leafValues(input: LeafInput): Values {
  if (input.fullname.length > MAX_FULLNAME) throw nameTooLong(input.fullname);
  const overrides = input.overrides ?? [];
  for (const values of overrides) if (input.knownKeys !== undefined) checkValueKeys(values, input.knownKeys);
  const own = profile(input, LEAF_SIZES[input.size]);
  const merged = overrides.reduce((values, over) => mergeValues(values, over), own);
  checkOurs(own, merged);
  return merged;
}

function profile(input: LeafInput, size: Sizing): Values {
  const { fullname, externalLabels, alertTopicArn } = input;
  const image = (input.thanos ?? THANOS).image;
  return {
    fullnameOverride: fullname,
    cleanPrometheusOperatorObjectNames: true,
    commonLabels: { "musterbook.dev/profile": "leaf" },
    ...SWITCHES,
    ...exporters(fullname),
    prometheusOperator: {
      admissionWebhooks: { enabled: true, failurePolicy: "Ignore", patch: { enabled: true } },
      resources: size.operator,
      prometheusConfigReloader: { resources: EXPORTER_RESOURCES.configReloader },
    },
    prometheus: prometheus(input, size),
    alertmanager: {
      enabled: true,
      serviceAccount: account(`${fullname}-alertmanager`, input.roleArns?.alertmanager),
      // Its templates are Alertmanager's: helm must not evaluate them.
      tplConfig: false,
      config: leafAlertmanagerConfig(externalLabels.cluster, alertTopicArn),
      templateFiles: LEAF_ALERT_TEMPLATES,
      alertmanagerSpec: { ...size.alertmanager, storage: claim("2Gi") },
    },
    additionalPrometheusRulesMap: { "musterbook-sidecar": SIDECAR_RULES },
    extraManifests: leafQueryManifests({ ...input, name: input.queryName, image, replicaLabel: REPLICA_LABEL }, size),
  };
}

/** On EKS the control plane cannot be scraped, and rules on `absent()` would fire for ever. CRDs are applied beforehand. */
const SWITCHES = {
  crds: { enabled: true, upgradeJob: { enabled: false } },
  grafana: { enabled: false, forceDeployDashboards: false },
  windowsMonitoring: { enabled: false },
  kubeControllerManager: { enabled: false },
  kubeScheduler: { enabled: false },
  kubeEtcd: { enabled: false },
  kubeProxy: { enabled: false },
  kubeDns: { enabled: false },
  coreDns: { enabled: true },
  defaultRules: {
    create: true,
    rules: {
      etcd: false,
      kubeControllerManager: false,
      kubeSchedulerAlerting: false,
      kubeSchedulerRecording: false,
      kubeProxy: false,
      windows: false,
    },
    disabled: { KubeProxyDown: true },
    additionalRuleLabels: { musterbook: "true" },
  },
} as const;

function exporters(fullname: string) {
  const { kubeStateMetrics, nodeExporter } = EXPORTER_RESOURCES;
  return {
    "kube-state-metrics": { fullnameOverride: `${fullname}-ksm`, resources: kubeStateMetrics },
    "prometheus-node-exporter": { fullnameOverride: `${fullname}-node-exporter`, resources: nodeExporter },
  };
}

function prometheus(input: LeafInput, size: Sizing) {
  return {
    podDisruptionBudget: { enabled: size.prometheus.disruptionBudget, minAvailable: 1 },
    serviceAccount: account(`${input.fullname}-prometheus`, input.roleArns?.prometheus),
    thanosService: { enabled: true },
    thanosServiceMonitor: {
      enabled: true,
      // Else the job label misses what the thanos mixin selects.
      relabelings: [{ targetLabel: "job", replacement: "thanos-sidecar" }],
    },
    prometheusSpec: prometheusSpec(input, size.prometheus, size.sidecar),
  };
}

function prometheusSpec(input: LeafInput, size: Sizing["prometheus"], sidecar: Sizing["sidecar"]) {
  const { image, version } = input.thanos ?? THANOS;
  return {
    replicas: size.replicas,
    replicaExternalLabelName: REPLICA_LABEL,
    replicaExternalLabelNameClear: false,
    prometheusExternalLabelNameClear: true,
    externalLabels: escapedLabels(input.externalLabels),
    retention: "24h",
    retentionSize: size.retentionSize,
    walCompression: true,
    ruleSelectorNilUsesHelmValues: false,
    serviceMonitorSelectorNilUsesHelmValues: false,
    podMonitorSelectorNilUsesHelmValues: false,
    probeSelectorNilUsesHelmValues: false,
    scrapeConfigSelectorNilUsesHelmValues: false,
    podAntiAffinity: size.podAntiAffinity,
    podAntiAffinityTopologyKey: "topology.kubernetes.io/zone",
    resources: size.resources,
    storageSpec: claim(size.storage),
    thanos: {
      // The operator gates arguments by the version: both are set.
      image,
      version,
      objectStorageConfig: { existingSecret: OBJECT_STORE_SECRET },
      minTime: "-2d",
      resources: sidecar,
    },
  };
}

/** The chart passes external labels through `tpl`. */
function escapedLabels(labels: LeafInput["externalLabels"]): Readonly<Record<string, string>> {
  const set = Object.entries(labels).filter(([, value]) => value !== "");
  return Object.fromEntries(set.map(([name, value]) => [name, templateLiteral(value)]));
}

function account(name: string, roleArn: string | undefined) {
  const annotations = roleArn === undefined ? {} : { annotations: { "eks.amazonaws.com/role-arn": roleArn } };
  return { create: true, name, ...annotations };
}

function claim(storage: string) {
  const spec = {
    storageClassName: STORAGE_CLASS,
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage } },
  };
  return { volumeClaimTemplate: { spec } };
}

const LAST_UPLOAD = 'thanos_objstore_bucket_last_successful_upload_time{job=~".*thanos.*"}';
const SIDECAR_RULES = {
  groups: [
    {
      name: "musterbook.sidecar",
      rules: [
        {
          alert: "ThanosSidecarNoUpload",
          expr: `time() - max by (pod) (${LAST_UPLOAD}) > 3*3600`,
          for: "30m",
          labels: { severity: "critical" },
          annotations: { summary: "No block upload for 3h" },
        },
      ],
    },
  ],
} as const;

function nameTooLong(fullname: string): TerminalError {
  return new TerminalError(`the release name ${fullname} is longer than ${MAX_FULLNAME} characters`, {
    reason: "name-too-long",
    field: "leaf.release",
    value: fullname,
    remedy: `Choose a name of at most ${MAX_FULLNAME} characters: the chart cuts longer ones.`,
  });
}

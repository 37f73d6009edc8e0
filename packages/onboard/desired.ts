import * as v from "valibot";
import type { FleetConfig } from "#config/fleet-config";
import { parseWith } from "#config/schema";
import type { ClusterRef } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import { matchesSelector } from "#fleet/select";
import { OWNER, OWNER_LABEL, type ReleaseName, VALUES_LABEL } from "#onboard/ownership";
import type { ChartRef, ClusterDescription, KubeRef } from "#onboard/ports";
import { type LeafInput, leafValues } from "#profiles/leaf";
import { parseValueKeys } from "#profiles/value-keys";
import { valuesHash } from "#profiles/values-hash";

export type Labels = Readonly<Record<string, string>>;
/** The part of the configuration that is about what goes on a monitored cluster. */
type LeafConfig = Pick<FleetConfig, "leaf">;

/** The release that a managed cluster should have. */
export interface DesiredRelease {
  readonly chart: ChartRef;
  readonly values: Readonly<Record<string, unknown>>;
  /** Of values and chart; also among `labels`. */
  readonly valuesHash: string;
  /** Every label set of the leaf's endpoint holds these, besides the replica's and `templatedLabels`. */
  readonly externalLabels: Labels;
  /** Names of external labels that an override writes as a template: what they come out as only helm knows. */
  readonly templatedLabels: readonly string[];
  /** For the release's Secret: whose it is and what it was made of. */
  readonly labels: Labels;
}

/** Labels, values and hash are a function of cluster, chart and configuration alone. Throws the TerminalErrors of `leafValues`. */
export function desiredRelease(
  description: ClusterDescription,
  chart: ChartRef,
  { leaf }: FleetConfig,
): DesiredRelease {
  const { ref, tags, autoMode } = description;
  const ownLabels = externalLabelsOf(ref, tags[leaf.stageTag]);
  const values = leafValues({
    fullname: leaf.release,
    queryName: leaf.endpointService,
    externalLabels: ownLabels,
    size: leaf.size,
    sourceRanges: leaf.sourceRanges,
    autoMode,
    alertTopicArn: leaf.alertTopicArn,
    ...(chart.valueKeys === undefined ? {} : { knownKeys: parseValueKeys(chart.valueKeys) }),
    overrides: leaf.values.filter(({ select }) => matchesSelector(select, ref, tags)).map((rule) => rule.values),
  });
  const hash = valuesHash(values, chart);
  const added = Object.entries(labelsIn(values)).filter(([name]) => !(name in ownLabels));
  const isTemplate = ([, value]: readonly [string, string]) => value.includes("{{");
  return {
    ...{ chart, values, valuesHash: hash },
    externalLabels: { ...Object.fromEntries(added.filter((label) => !isTemplate(label))), ...ownLabels },
    templatedLabels: added.filter(isTemplate).map(([name]) => name),
    labels: { [OWNER_LABEL]: OWNER, [VALUES_LABEL]: hash },
  };
}

const WithLabels = v.object({
  prometheus: v.object({ prometheusSpec: v.object({ externalLabels: v.record(v.string(), v.string()) }) }),
});

/** The external labels of the values, those that overrides add among them. */
function labelsIn(values: Readonly<Record<string, unknown>>): Labels {
  const parsed = parseWith(WithLabels, values);
  if (parsed.ok) return parsed.value.prometheus.prometheusSpec.externalLabels;
  const [problem] = parsed.problems;
  throw new TerminalError(`an external label of the chart values is no text: ${problem?.field}`, {
    reason: "value-ours",
    field: problem?.field ?? "prometheus.prometheusSpec.externalLabels",
    value: problem?.value,
    remedy: "Quote the label's value in leaf.values.",
  });
}

function externalLabelsOf(
  { name, region, account }: ClusterRef,
  stage: string | undefined,
): LeafInput["externalLabels"] {
  const labels = { cluster: name, region, account };
  return stage === undefined || stage === "" ? labels : { ...labels, stage };
}

export function releaseNameOf({ leaf }: LeafConfig): ReleaseName {
  return { name: leaf.release, namespace: leaf.namespace };
}

/** The Service whose load balancer exposes the StoreAPI, ours or in mode `register` somebody else's. */
export function endpointServiceOf({ leaf }: LeafConfig): KubeRef {
  return { apiVersion: "v1", kind: "Service", namespace: leaf.namespace, name: leaf.endpointService };
}

export function prometheusOf({ leaf: { namespace, release: name } }: LeafConfig): KubeRef {
  return { apiVersion: "monitoring.coreos.com/v1", kind: "Prometheus", namespace, name };
}

/** What of the release has to run before the endpoint is worth a name. */
export function workloadsOf(config: LeafConfig): readonly KubeRef[] {
  const { namespace, endpointService: name } = config.leaf;
  return [prometheusOf(config), { apiVersion: "apps/v1", kind: "Deployment", namespace, name }];
}

/** The external labels that are known for sure in every mode: whatever else somebody else's Prometheus carries is theirs. */
export function knownLabels(ref: ClusterRef): Labels {
  return { cluster: ref.name };
}

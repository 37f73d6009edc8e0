import type { FleetConfig } from "#config/fleet-config";
import type { ClusterRef } from "#fleet/cluster";
import { allows, type Mode } from "#fleet/mode";
import type { ClusterRecord, EndpointEntry } from "#fleet/record";
import { isInScope, type Selection, selectCluster } from "#fleet/select";
import {
  type DesiredRelease,
  desiredRelease,
  endpointServiceOf,
  knownLabels,
  type Labels,
  prometheusOf,
  releaseNameOf,
  workloadsOf,
} from "#onboard/desired";
import { type EndpointName, endpointOf } from "#onboard/endpoint";
import { observeAccess, observeCluster } from "#onboard/observe/cluster";
import { observeCrds } from "#onboard/observe/crds";
import { holdRelabelling } from "#onboard/observe/labels";
import { observeProof } from "#onboard/observe/proof";
import { knownUnreachable, reachOfError, unlessForbidden } from "#onboard/observe/reach";
import { observeReady } from "#onboard/observe/ready";
import { observeDns, observeListing } from "#onboard/observe/registration";
import { observeRelease } from "#onboard/observe/release";
import { RELABEL_TAG } from "#onboard/ownership";
import type { ClusterDescription, Helm, KubeApi, OnboardPorts } from "#onboard/ports";
import { type ClusterState, type Observed, UNOBSERVED } from "#onboard/state";

export interface ReconcilePorts extends OnboardPorts {
  readonly config: FleetConfig;
  /** The VPC that this reconciler is in; absent: none. */
  readonly vpc?: string;
}

/** A connection to the cluster that is looked at. */
export interface Leaf {
  readonly kube: KubeApi;
  readonly helm: Helm;
}

/** What was seen, and what a step needs besides to act on it. */
export interface Observation {
  readonly state: Observed;
  /** Null where the tags are not known, of a cluster within the scopes. */
  readonly selection: Selection | null;
  readonly description: ClusterDescription | null;
  readonly endpoint: EndpointName;
  /** What the record asks of the store list; where it is lost, what the list says. */
  readonly asked: EndpointEntry | null;
  /** Null while the cluster is out of reach. */
  readonly leaf: Leaf | null;
  /** In mode `manage` only. */
  readonly desired: DesiredRelease | null;
  /** External labels that this cluster's series and blocks carry for sure. */
  readonly labels: Labels;
}

/** Which record of this very cluster there is: not that of an earlier one with the same ARN. */
type Remembered = Pick<ClusterRecord, "endpoint" | "dnsChange"> | null;

/**
 * Looks at a cluster, layer by layer, and changes nothing. What is a state is never thrown: an error of EKS, a cluster
 * out of reach, a right that is missing. What is no state (the registry, Route53, the store list) is thrown as it comes.
 */
export async function observe(
  ref: ClusterRef,
  ports: ReconcilePorts,
  remember: (description: ClusterDescription | null) => Remembered,
): Promise<Observation> {
  const cluster = await observeCluster(ref, ports.clusters);
  const description = "description" in cluster ? cluster.description : null;
  const selection = selectionOf(ref, description, ports.config);
  const record = remember(description);
  const endpoint = endpointOf(ref, ports.config);
  const { storeList, clock } = ports;
  const asking = { cluster: ref.arn, endpoint: record?.endpoint ?? null, address: endpoint.address };
  const listing = await observeListing({ storeList, ...asking, now: clock.now() });
  const outside = { ...NOTHING_SEEN, cluster, listing: listing.state };
  const common = { selection, description, endpoint, asked: listing.asked, labels: knownLabels(ref) };
  if (cluster.status === "absent") {
    const nothing = { target: null, changeId: null, registered: listing.registered };
    const dns = await observeDns({ dns: ports.dns, host: endpoint.host, owner: ref.arn, ...nothing });
    return { ...common, state: { ...outside, dns }, leaf: null, desired: null };
  }
  if (!isRunning(cluster) || selection === null || selection.mode === "ignore") {
    return { ...common, state: outside, leaf: null, desired: null };
  }
  const inside = await observeInside(cluster.description, selection.mode, ports);
  const registration = await observeRegistration({
    ...{ ref, ports, endpoint, record },
    registered: listing.registered,
    ready: inside.layers.ready,
  });
  const labels = labelsInEffect(ref, inside);
  const proof =
    listing.state.status === "listed"
      ? await observeProof({ ...ports, ref, address: endpoint.address, labels, listed: listing.listed })
      : UNOBSERVED;
  const state = { ...outside, ...inside.layers, dns: registration, proof };
  return { ...common, state, leaf: inside.leaf, desired: inside.desired, labels };
}

/** The wanted labels are those of the running Prometheus only once the release is as wanted. */
function labelsInEffect(ref: ClusterRef, { layers, desired }: Inside): Labels {
  return desired !== null && layers.release.status === "ours-current" ? desired.externalLabels : knownLabels(ref);
}

const NOTHING_SEEN: Omit<Observed, "cluster" | "listing"> = {
  access: UNOBSERVED,
  reach: UNOBSERVED,
  crds: UNOBSERVED,
  release: UNOBSERVED,
  ready: UNOBSERVED,
  dns: UNOBSERVED,
  proof: UNOBSERVED,
};

type Running = Extract<ClusterState, { status: "active" | "updating" }>;

function isRunning(cluster: ClusterState): cluster is Running {
  return cluster.status === "active" || cluster.status === "updating";
}

function selectionOf(ref: ClusterRef, description: ClusterDescription | null, config: FleetConfig): Selection | null {
  if (!isInScope(config.scopes, ref)) return { mode: "ignore", because: outsideScopes(ref) };
  if (description === null) return null;
  const { createdAt, tags } = description;
  return selectCluster({ config, ref, createdAt, tags });
}

export function outsideScopes({ account, region }: ClusterRef): string {
  return `account ${account}, region ${region} is not among the scopes of the configuration`;
}

type InsideLayers = Pick<Observed, "access" | "reach" | "crds" | "release" | "ready">;

interface Inside {
  readonly layers: InsideLayers;
  readonly leaf: Leaf | null;
  readonly desired: DesiredRelease | null;
}

const HIDDEN = { access: UNOBSERVED, crds: UNOBSERVED, release: UNOBSERVED, ready: UNOBSERVED };

/** Everything behind the cluster's API server. One call that finds no answer ends it: the layers seen by then are not relied on. */
async function observeInside(description: ClusterDescription, mode: Mode, ports: ReconcilePorts): Promise<Inside> {
  const { config, clusters, connector } = ports;
  const closed = knownUnreachable(description, config.reach, ports.vpc);
  if (closed?.status === "elsewhere") return { layers: { ...HIDDEN, reach: closed }, leaf: null, desired: null };
  const manage = allows(mode, "manage");
  const access = manage ? await observeAccess(description, config.principalArn, clusters) : UNOBSERVED;
  const desired = manage ? desiredRelease(description, await ports.chart("kube-prometheus-stack"), config) : null;
  const hidden = { ...HIDDEN, access };
  if (closed !== undefined) return { layers: { ...hidden, reach: closed }, leaf: null, desired };
  try {
    const leaf = await connector.connect(description);
    const { gitVersion: version } = await leaf.kube.version();
    const layers = await observeLeaf(leaf, desired, config, description.tags[RELABEL_TAG]);
    return { layers: { access, reach: { status: "open", version }, ...layers }, leaf, desired };
  } catch (error) {
    const reach = reachOfError(error, description);
    if (reach === undefined) throw error;
    return { layers: { ...hidden, reach }, leaf: null, desired };
  }
}

async function observeLeaf(
  { kube, helm }: Leaf,
  desired: DesiredRelease | null,
  config: FleetConfig,
  acknowledged: string | undefined,
): Promise<Pick<Observed, "crds" | "release" | "ready">> {
  const service = endpointServiceOf(config);
  const workloads = workloadsOf(config);
  const release = await unlessForbidden(async () => {
    const found = await observeRelease({
      kube,
      helm,
      release: releaseNameOf(config),
      targets: [...workloads, service],
      wantedValues: desired?.valuesHash ?? null,
    });
    if (desired === null) return found;
    const { externalLabels: wanted, templatedLabels: templated } = desired;
    const prometheus = prometheusOf(config);
    return await holdRelabelling({ kube, prometheus, release: found, wanted, templated, acknowledged });
  });
  // Somebody else's workloads have names that only they know: of theirs, the endpoint's load balancer is enough.
  const ours = desired === null ? [] : workloads;
  const ready = await unlessForbidden(() => observeReady(kube, service, ours));
  // Definitions are megabytes: of a release that is as wanted and runs they need no look.
  const sound = release.status === "ours-current" && ready.status === "ready";
  const definitions = desired === null || sound ? null : await helm.crds(desired.chart);
  const crds = definitions === null ? UNOBSERVED : await unlessForbidden(() => observeCrds(kube, definitions));
  return { crds, release, ready };
}

async function observeRegistration(look: {
  readonly ref: ClusterRef;
  readonly ports: ReconcilePorts;
  readonly endpoint: EndpointName;
  readonly record: Remembered;
  readonly registered: boolean;
  readonly ready: Observed["ready"];
}): Promise<Observed["dns"]> {
  const { ref, ports, endpoint, record, registered, ready } = look;
  if (ready.status !== "ready") return UNOBSERVED;
  const { loadBalancer: target } = ready;
  const changeId = record?.dnsChange ?? null;
  return await observeDns({ dns: ports.dns, host: endpoint.host, owner: ref.arn, target, changeId, registered });
}

import * as v from "valibot";
import { firstOf } from "#blocks/text";
import { type Looked, look, rowOfFailure } from "#cli/observe-failure";
import type { FleetConfig } from "#config/fleet-config";
import { parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { readRevisions } from "#helm/revisions";
import { endpointServiceOf, releaseNameOf, workloadsOf } from "#onboard/desired";
import { observeCrds } from "#onboard/observe/crds";
import { observeReady } from "#onboard/observe/ready";
import { observeRelease } from "#onboard/observe/release";
import { nameOf } from "#onboard/ownership";
import type { Helm, KubeApi, KubeObject } from "#onboard/ports";
import type { CrdsState, ReadyState, ReleaseState } from "#onboard/state";
import type { LookRow } from "#report/cluster-look";

/** What may be asked of a cluster that is only looked at. */
export type ReadKube = Pick<KubeApi, "version" | "get" | "list">;

export interface ObserveLook {
  readonly kube: ReadKube;
  /** The custom resource definitions of the chart. */
  readonly definitions: () => Promise<readonly KubeObject[]>;
  readonly config: Pick<FleetConfig, "leaf">;
  /** Told before each look. */
  readonly onLook: (what: LookRow["what"]) => void;
}

/** The rows for a person, and the states that a plan is made of. */
export interface ClusterSeen {
  readonly rows: readonly LookRow[];
  /** Null where the API server does not tell it. */
  readonly version: string | null;
  readonly crds: Looked<CrdsState>;
  readonly release: Looked<ReleaseState>;
  readonly ready: Looked<ReadyState>;
}

/**
 * Looks at one cluster and writes nothing. A right that is missing, or a call that fails, is a row and does not stop the
 * rest. Throws what `version` throws where the cluster cannot be reached at all or does not know us.
 */
export async function observeCluster(given: ObserveLook): Promise<ClusterSeen> {
  const { config, onLook } = given;
  const kube = readOnly(given.kube);
  const version = await versionOf(kube, onLook);
  const rows: LookRow[] = [version.row];
  for (const [what, row] of [
    ["nodes", nodes],
    ["storage classes", storageClasses],
  ] as const) {
    onLook(what);
    const found = await look(() => row(kube));
    rows.push(found.ok ? found.value : rowOfFailure(what, found));
  }
  onLook("definitions");
  const crds = await look(async () => await observeCrds(kube, await given.definitions()));
  rows.push(crds.ok ? definitions(crds.value) : rowOfFailure("definitions", crds));
  onLook("release");
  const release = await look(() =>
    findRelease(kube, config, (name, namespace) => readRevisions(kube, name, namespace)),
  );
  rows.push(...(release.ok ? [releaseRow(release.value, config)] : await withoutSecrets(kube, config, release)));
  onLook("endpoint");
  const service = endpointServiceOf(config);
  const isOurs = release.ok && release.value.status.startsWith("ours");
  const ready = await look(() => observeReady(kube, service, isOurs ? workloadsOf(config) : []));
  rows.push(ready.ok ? await endpointRow(kube, ready.value, config) : rowOfFailure("endpoint", ready));
  return { rows, version: version.value, crds, release, ready };
}

/** The guard behind the promise: what is not a read does not reach the cluster. */
function readOnly(kube: ReadKube): KubeApi {
  const refuse = async (): Promise<never> => {
    throw new TerminalError("observe writes nothing", { reason: "defect", remedy: "Report this as a defect." });
  };
  return { version: kube.version, get: kube.get, list: kube.list, apply: refuse, delete: refuse, proxyGet: refuse };
}

async function versionOf(kube: KubeApi, onLook: ObserveLook["onLook"]) {
  onLook("Kubernetes API");
  const found = await look(() => kube.version());
  if (!found.ok && found.why !== "forbidden") throw found.error;
  if (!found.ok) return { value: null, row: rowOfFailure("Kubernetes API", found) };
  const { gitVersion } = found.value;
  return {
    value: gitVersion,
    row: { what: "Kubernetes API", state: "ok", detail: `${gitVersion}, answers` } as LookRow,
  };
}

const Node = v.object({
  status: v.object({ conditions: v.optional(v.array(v.object({ type: v.string(), status: v.string() })), []) }),
});

async function nodes(kube: KubeApi): Promise<LookRow> {
  const found = await kube.list({ apiVersion: "v1", kind: "Node" });
  const waiting = found.filter((node) => !isReady(node)).map(({ metadata }) => metadata.name);
  const detail = `${found.length - waiting.length} of ${found.length} ready`;
  if (found.length === 0) return { what: "nodes", state: "missing", detail: "no node: nothing would be scheduled" };
  if (waiting.length === 0) return { what: "nodes", state: "ok", detail };
  return { what: "nodes", state: "partly", detail: `${detail}; not ready: ${firstOf(waiting)}` };
}

function isReady(node: KubeObject): boolean {
  const parsed = parseWith(Node, node);
  return parsed.ok && parsed.value.status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";

async function storageClasses(kube: KubeApi): Promise<LookRow> {
  const what = "storage classes";
  const found = await kube.list({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" });
  const isDefault = ({ metadata }: KubeObject) => metadata.annotations?.[DEFAULT_CLASS] === "true";
  const names = found.map((one) => `${one.metadata.name}${isDefault(one) ? " (default)" : ""}`).join(", ");
  if (found.length === 0) return { what, state: "missing", detail: "none: the Prometheus would get no volume" };
  if (found.some(isDefault)) return { what, state: "ok", detail: names };
  return { what, state: "partly", detail: `${names}; none is the default` };
}

function definitions(found: CrdsState): LookRow {
  const what = "definitions";
  switch (found.status) {
    case "present":
      return { what, state: "ok", detail: `of prometheus-operator, version ${found.version}` };
    case "missing":
      return {
        what,
        state: "missing",
        detail: `${found.names.length} of prometheus-operator: ${firstOf(found.names)}`,
      };
    case "settling":
      return { what, state: "partly", detail: `not served yet: ${firstOf(found.names)}` };
    case "older":
      return { what, state: "partly", detail: `version ${found.found}, older than the chart's ${found.wanted}` };
    case "newer":
      return {
        what,
        state: "ok",
        detail: `version ${found.found}, newer than the chart's ${found.wanted}: left alone`,
      };
    case "unobserved":
    case "forbidden":
      return { what, state: "unknown", detail: "not looked at" };
  }
}

type Revisions = Helm["revisions"];

async function findRelease(kube: KubeApi, config: ObserveLook["config"], revisions: Revisions): Promise<ReleaseState> {
  const targets = [...workloadsOf(config), endpointServiceOf(config)];
  const release = releaseNameOf(config);
  return await observeRelease({ kube, helm: { revisions }, release, targets, wantedValues: null });
}

function releaseRow(found: ReleaseState, config: ObserveLook["config"]): LookRow {
  const what = "release";
  const { name, namespace } = releaseNameOf(config);
  const ours = (detail: string): LookRow => ({ what, state: "ours", detail: `${namespace}/${name}, ${detail}` });
  switch (found.status) {
    case "absent":
      return { what, state: "free", detail: `no ${namespace}/${name}, and no other Prometheus operator` };
    case "foreign":
      return { what, state: "theirs", detail: found.owner };
    case "ours-failed":
      return ours(`revision ${found.revision} failed`);
    case "pending":
      return ours(`${found.operation} of revision ${found.revision} pending since ${found.since}`);
    case "uninstalling":
      return ours(`being uninstalled since ${found.since}`);
    case "ours-current":
    case "ours-outdated":
    case "ours-relabelling":
      return ours(`revision ${found.revision} deployed`);
    case "unobserved":
    case "forbidden":
      return { what, state: "unknown", detail: "not looked at" };
  }
}

/** helm's record of a release is in Secrets, which many a role may not read: the operator can be told all the same. */
async function withoutSecrets(
  kube: KubeApi,
  config: ObserveLook["config"],
  failure: Extract<Looked<ReleaseState>, { ok: false }>,
): Promise<readonly LookRow[]> {
  const what = "operator";
  const found = await look(() => findRelease(kube, config, async () => []));
  const release = rowOfFailure("release", failure);
  if (!found.ok) return [release, rowOfFailure(what, found)];
  if (found.value.status === "foreign") return [release, { what, state: "theirs", detail: found.value.owner }];
  return [release, { what, state: "free", detail: "no Prometheus operator but perhaps ours" }];
}

/** Where Thanos speaks gRPC. */
const GRPC_PORT = 10901;
const Ports = v.object({ spec: v.object({ ports: v.optional(v.array(v.object({ port: v.number() })), []) }) });

async function endpointRow(kube: KubeApi, found: ReadyState, config: ObserveLook["config"]): Promise<LookRow> {
  const what = "endpoint";
  const { namespace = "", name } = endpointServiceOf(config);
  if (found.status === "ready") {
    return { what, state: "ok", detail: `Service ${namespace}/${name}, load balancer ${found.loadBalancer}` };
  }
  const missing = found.status === "waiting" ? found.missing.map((one) => one.what).join("; ") : "not looked at";
  const others = await look(() => grpcServices(kube, namespace, name));
  const also = others.ok && others.value.length > 0 ? `; port ${GRPC_PORT} is on ${firstOf(others.value)}` : "";
  return { what, state: "missing", detail: `${missing}${also}` };
}

async function grpcServices(kube: KubeApi, namespace: string, name: string): Promise<readonly string[]> {
  const services = await kube.list({ apiVersion: "v1", kind: "Service", namespace });
  return services.filter((service) => service.metadata.name !== name && speaksGrpc(service)).map(nameOf);
}

function speaksGrpc(service: KubeObject): boolean {
  const parsed = parseWith(Ports, service);
  return parsed.ok && parsed.value.spec.ports.some(({ port }) => port === GRPC_PORT);
}

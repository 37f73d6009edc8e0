import { createHash } from "node:crypto";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { asArray, asObject, isObject, type JsonObject, sameJson } from "#local/kubernetes/json";
import { CRD_RESOURCE } from "#local/kubernetes/kinds";
import type { KubeObject } from "#onboard/ports";

/** What the controllers know of the cluster that they act on, embedded or not. */
export type Controlled = Pick<EmbeddedCluster, "name" | "region" | "clock" | "behaviour">;

interface Scene {
  readonly object: KubeObject;
  readonly spec: JsonObject;
  readonly ready: boolean;
  readonly cluster: Controlled;
}

type Controller = (scene: Scene) => JsonObject | undefined;

/** What the controllers of a real cluster would write as status, by resource; undefined leaves the object alone. */
const CONTROLLERS: Readonly<Record<string, Controller>> = {
  "apps/deployments": deployment,
  "apps/statefulsets": statefulSet,
  "apps/daemonsets": daemonSet,
  "batch/jobs": job,
  "/services": service,
  "/namespaces": () => ({ phase: "Active" }),
  [CRD_RESOURCE]: customResourceDefinition,
  "monitoring.coreos.com/prometheuses": operated,
  "monitoring.coreos.com/alertmanagers": operated,
  "monitoring.coreos.com/thanosrulers": operated,
};

/** Whether a controller looks after objects of the resource. */
export function isControlled(resource: string): boolean {
  return resource in CONTROLLERS;
}

/** The object as its controller leaves it: `wait` before it acts, `done` when there is nothing to write. */
export function settled(cluster: Controlled, resource: string, object: KubeObject): KubeObject | "wait" | "done" {
  const age = cluster.clock.now().getTime() - Date.parse(object.metadata.creationTimestamp ?? "");
  const immediate = resource === "/namespaces" || resource === CRD_RESOURCE;
  if (!immediate && age < cluster.behaviour.settleMs) return "wait";
  const ready = cluster.behaviour.workloads === "ready";
  const status = CONTROLLERS[resource]?.({ object, spec: asObject(object.spec), ready, cluster });
  if (status === undefined || sameJson(status, object.status)) return "done";
  return { ...object, status };
}

/** Keeps the transition time of a condition that did not change. */
function condition(scene: Scene, type: string, holds: boolean, reason: string): JsonObject {
  const status = holds ? "True" : "False";
  const known = asArray(asObject(scene.object.status).conditions)
    .filter(isObject)
    .find((one) => one.type === type && one.status === status);
  const now = scene.cluster.clock
    .now()
    .toISOString()
    .replace(/\.\d+Z$/, "Z");
  return { type, status, reason, lastTransitionTime: known?.lastTransitionTime ?? now };
}

function replicasOf(scene: Scene): number {
  return typeof scene.spec.replicas === "number" ? scene.spec.replicas : 1;
}

function deployment(scene: Scene): JsonObject {
  const { object, ready } = scene;
  const replicas = replicasOf(scene);
  const conditions = [
    condition(scene, "Available", ready, ready ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
    condition(scene, "Progressing", true, ready ? "NewReplicaSetAvailable" : "ReplicaSetUpdated"),
  ];
  const counts = ready ? { readyReplicas: replicas, availableReplicas: replicas } : { unavailableReplicas: replicas };
  return {
    observedGeneration: object.metadata.generation,
    replicas,
    updatedReplicas: replicas,
    ...counts,
    conditions,
  };
}

function statefulSet(scene: Scene): JsonObject {
  const { object, ready } = scene;
  const replicas = replicasOf(scene);
  const revision = `${object.metadata.name}-${String(object.metadata.generation ?? 1)}`;
  const available = ready ? replicas : 0;
  return {
    observedGeneration: object.metadata.generation,
    replicas,
    currentReplicas: replicas,
    updatedReplicas: replicas,
    readyReplicas: available,
    availableReplicas: available,
    currentRevision: revision,
    updateRevision: revision,
  };
}

/** As on a cluster of one node. */
function daemonSet({ object, ready }: Scene): JsonObject {
  return {
    observedGeneration: object.metadata.generation,
    desiredNumberScheduled: 1,
    currentNumberScheduled: 1,
    updatedNumberScheduled: 1,
    numberMisscheduled: 0,
    numberReady: ready ? 1 : 0,
    ...(ready ? { numberAvailable: 1 } : { numberUnavailable: 1 }),
  };
}

/** A finished Job stays finished. Clients wait for Complete, the API server wants SuccessCriteriaMet with it. */
function job(scene: Scene): JsonObject | undefined {
  const { object, cluster } = scene;
  const startTime = object.metadata.creationTimestamp;
  if (asObject(object.status).succeeded !== undefined) return undefined;
  if (cluster.behaviour.jobs === "hang") return { startTime, active: 1, ready: 1 };
  const complete = condition(scene, "Complete", true, "CompletionsReached");
  const met = condition(scene, "SuccessCriteriaMet", true, "CompletionsReached");
  const completionTime = complete.lastTransitionTime;
  return { startTime, completionTime, succeeded: 1, ready: 0, conditions: [met, complete] };
}

/** A name that was assigned stays, as that of a real load balancer does. */
function service({ object, spec, cluster }: Scene): JsonObject | undefined {
  if (spec.type !== "LoadBalancer") return { loadBalancer: {} };
  const known = asObject(asObject(object.status).loadBalancer).ingress;
  if (known !== undefined) return undefined;
  if (cluster.behaviour.loadBalancers === "never") return { loadBalancer: {} };
  const { namespace = "default", name, uid = "" } = object.metadata;
  const hash = createHash("sha256").update(`${cluster.name}/${uid}`).digest("hex");
  const host = `k8s-${namespace.slice(0, 8)}-${name.slice(0, 8)}-${hash.slice(0, 10)}-${hash.slice(10, 26)}`;
  return { loadBalancer: { ingress: [{ hostname: `${host}.elb.${cluster.region}.amazonaws.com` }] } };
}

function customResourceDefinition(scene: Scene): JsonObject {
  const stored = asArray(scene.spec.versions)
    .filter(isObject)
    .filter((version) => version.storage === true);
  return {
    conditions: [
      condition(scene, "NamesAccepted", true, "NoConflicts"),
      condition(scene, "Established", true, "InitialNamesAccepted"),
    ],
    acceptedNames: scene.spec.names,
    storedVersions: stored.map((version) => version.name),
  };
}

/** What the Prometheus operator reports of the resources that it runs. */
function operated(scene: Scene): JsonObject {
  const { object, ready } = scene;
  const observedGeneration = object.metadata.generation;
  const replicas = replicasOf(scene);
  const conditions = [
    { ...condition(scene, "Available", ready, ready ? "" : "NoPodReady"), observedGeneration },
    { ...condition(scene, "Reconciled", true, ""), observedGeneration },
  ];
  const available = ready ? replicas : 0;
  return {
    paused: false,
    replicas,
    updatedReplicas: available,
    availableReplicas: available,
    unavailableReplicas: replicas - available,
    conditions,
  };
}

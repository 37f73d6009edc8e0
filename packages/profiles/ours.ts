import { isDeepStrictEqual } from "node:util";
import { TerminalError } from "#fleet/errors";
import { isMap, type Values } from "#profiles/overrides";

const SPEC = "prometheus.prometheusSpec";
/** What Musterbook looks for by name, and what makes a stream the cluster's. Labels may be added, not changed. */
const FIXED = [
  "fullnameOverride",
  "cleanPrometheusOperatorObjectNames",
  `${SPEC}.replicaExternalLabelName`,
  `${SPEC}.replicaExternalLabelNameClear`,
];
const LABELS = `${SPEC}.externalLabels`;
/** A list in place of the map would take the endpoint away. */
const KEPT = ["extraManifests.querier", "extraManifests.querierService"];

/** Throws TerminalError `value-ours` when overrides changed what identity and endpoint of the cluster depend on. */
export function checkOurs(profile: Values, merged: Values): void {
  const labels = Object.keys(valuesAt(profile, LABELS)).map((label) => `${LABELS}.${label}`);
  const changed = [...FIXED, ...labels].find((path) => !isDeepStrictEqual(at(profile, path), at(merged, path)));
  if (changed !== undefined) throw refused(changed, at(merged, changed), CHANGED);
  const lost = KEPT.find((path) => !isMap(at(merged, path)));
  if (lost !== undefined) throw refused(lost, at(merged, lost), LOST);
}

const CHANGED =
  "Remove it from leaf.values: names come from leaf.release and leaf.endpointService, labels from the cluster, its tags and leaf.stageTag.";
const LOST = "Write leaf.values' extraManifests as a map: its entries are then added to the leaf Querier's.";

function at(values: Values, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), values);
}

function valuesAt(values: Values, path: string): Values {
  const value = at(values, path);
  return isMap(value) ? value : {};
}

function refused(field: string, value: unknown, remedy: string): TerminalError {
  return new TerminalError(`the override of the chart value ${field} is refused`, {
    reason: "value-ours",
    field,
    value,
    remedy,
  });
}

import * as v from "valibot";
import { parseWith } from "#config/schema";
import type { KubeApi, KubeRef } from "#onboard/ports";
import type { ReleaseState } from "#onboard/state";

type Labels = Readonly<Record<string, string>>;

const Spec = v.object({ spec: v.object({ externalLabels: v.optional(v.record(v.string(), v.string()), {}) }) });

/**
 * Holds an upgrade back that would change the external labels of a running Prometheus: its waiting blocks would be
 * uploaded under the new ones and the old stream would end. Labels are compared with those in the cluster.
 */
export async function holdRelabelling(look: {
  readonly kube: KubeApi;
  readonly prometheus: KubeRef;
  readonly release: ReleaseState;
  readonly wanted: Labels;
  /** Names whose wanted value is not known, so that nothing is said of them. */
  readonly templated: readonly string[];
  /** Value of the tag `musterbook:relabel`. */
  readonly acknowledged: string | undefined;
}): Promise<ReleaseState> {
  const { release, wanted, templated } = look;
  if (release.status !== "ours-outdated" && release.status !== "ours-failed") return release;
  const parsed = parseWith(Spec, await look.kube.get(look.prometheus));
  if (!parsed.ok) return release;
  const found: Labels = parsed.value.spec.externalLabels;
  const names = [...new Set([...Object.keys(found), ...Object.keys(wanted)])].sort();
  const changed = names.filter((name) => found[name] !== wanted[name] && !templated.includes(name));
  const to = written(changed, wanted);
  if (changed.length === 0 || look.acknowledged === to) return release;
  return { status: "ours-relabelling", revision: release.revision, from: written(changed, found), to };
}

function written(names: readonly string[], labels: Labels): string {
  return names.map((name) => `${name}=${labels[name] ?? ""}`).join(" ");
}

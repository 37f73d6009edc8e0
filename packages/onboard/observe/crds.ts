import { compare, valid } from "semver";
import * as v from "valibot";
import { parseWith } from "#config/schema";
import type { KubeApi, KubeObject } from "#onboard/ports";
import type { CrdsState } from "#onboard/state";

const Established = v.object({
  status: v.object({ conditions: v.array(v.object({ type: v.string(), status: v.string() })) }),
});

/** The operator writes its version on its definitions. */
const VERSION_ANNOTATION = "operator.prometheus.io/version";

/** Compares the definitions in the cluster with those of the chart, by the version that the operator's makers annotate. */
export async function observeCrds(kube: KubeApi, wanted: readonly KubeObject[]): Promise<CrdsState> {
  const pairs: { wanted: KubeObject; found: KubeObject | undefined }[] = [];
  for (const crd of wanted) {
    const { apiVersion, kind, metadata } = crd;
    pairs.push({ wanted: crd, found: await kube.get({ apiVersion, kind, name: metadata.name }) });
  }
  const missing = pairs.filter(({ found }) => found === undefined).map((pair) => pair.wanted.metadata.name);
  if (missing.length > 0) return { status: "missing", names: missing };
  const versions = pairs.map((pair) => ({ found: versionOf(pair.found), wanted: versionOf(pair.wanted) }));
  const older = versions.find(({ found, wanted: ours }) => rank(found, ours) < 0);
  if (older !== undefined) return { status: "older", found: older.found ?? "none", wanted: older.wanted ?? "none" };
  const settling = pairs.filter(({ found }) => !isServed(found)).map((pair) => pair.wanted.metadata.name);
  if (settling.length > 0) return { status: "settling", names: settling };
  const newer = versions.find(({ found, wanted: ours }) => rank(found, ours) > 0);
  if (newer !== undefined) return { status: "newer", found: newer.found ?? "none", wanted: newer.wanted ?? "none" };
  return { status: "present", version: versions[0]?.found ?? "none" };
}

function isServed(crd: KubeObject | undefined): boolean {
  const parsed = parseWith(Established, crd);
  return (
    parsed.ok && parsed.value.status.conditions.some(({ type, status }) => type === "Established" && status === "True")
  );
}

/** Whether writing `wanted` over `found` would take a step back. */
export function isDowngrade(found: KubeObject | undefined, wanted: KubeObject): boolean {
  return found !== undefined && rank(versionOf(found), versionOf(wanted)) > 0;
}

function versionOf(crd: KubeObject | undefined): string | undefined {
  return crd?.metadata.annotations?.[VERSION_ANNOTATION];
}

/** Below, at or above; one without a readable version is below every one that has it. */
function rank(found: string | undefined, wanted: string | undefined): number {
  const [a, b] = [valid(found ?? null), valid(wanted ?? null)];
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  return compare(a, b);
}

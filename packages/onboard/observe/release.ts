import { belongsTo, nameOf, OWNER, OWNER_LABEL, ownerOf, type ReleaseName, VALUES_LABEL } from "#onboard/ownership";
import type { Helm, KubeApi, KubeObject, KubeRef, ReleaseRevision } from "#onboard/ports";
import type { ReleaseState } from "#onboard/state";

/** What the operator's Deployment is called by the charts that ship it. */
const OPERATOR_NAMES = ["kube-prometheus-stack-prometheus-operator", "prometheus-operator"] as const;

export interface ReleaseLook {
  readonly kube: KubeApi;
  readonly helm: Pick<Helm, "revisions">;
  readonly release: ReleaseName;
  /** Objects that our release would make. */
  readonly targets: readonly KubeRef[];
  /** The hash that the release should carry; null when no release of ours is wanted, so that any is current. */
  readonly wantedValues: string | null;
}

/** Finds the release with our name, or whoever already does its work on this cluster. */
export async function observeRelease(look: ReleaseLook): Promise<ReleaseState> {
  const revisions = await look.helm.revisions(look.release.name, look.release.namespace);
  const [newest] = revisions;
  // Somebody's kept history, too: an install over it would take its name and prune its records.
  if (newest !== undefined && newest.labels[OWNER_LABEL] !== OWNER) {
    const { name, namespace } = newest;
    return { status: "foreign", owner: `helm release ${namespace}/${name}, which does not carry our label` };
  }
  if (newest === undefined || newest.status === "uninstalled") {
    const owner = await foreignOwner(look);
    return owner === undefined ? { status: "absent" } : { status: "foreign", owner };
  }
  return oursAs(newest, revisions, look.wantedValues);
}

function oursAs(
  newest: ReleaseRevision,
  revisions: readonly ReleaseRevision[],
  wantedValues: string | null,
): ReleaseState {
  const { revision, modifiedAt: since } = newest;
  switch (newest.status) {
    case "deployed": {
      const found = newest.labels[VALUES_LABEL] ?? "none";
      if (wantedValues === null || found === wantedValues) return { status: "ours-current", revision };
      return { status: "ours-outdated", revision, found, wanted: wantedValues };
    }
    case "pending-install":
    case "pending-upgrade":
    case "pending-rollback": {
      // A superseded revision was deployed once: helm rolls back to it as well.
      const good = revisions.find(({ status }) => status === "deployed" || status === "superseded");
      const operation = newest.status.slice("pending-".length);
      return { status: "pending", revision, operation, since, lastDeployed: good?.revision ?? null };
    }
    case "uninstalling":
      return { status: "uninstalling", since };
    default:
      return { status: "ours-failed", revision };
  }
}

/** Who runs a Prometheus operator here, or holds an object with a name that we need; undefined: the place is free. */
async function foreignOwner({ kube, release, targets }: ReleaseLook): Promise<string | undefined> {
  for (const name of OPERATOR_NAMES) {
    const labelSelector = `app.kubernetes.io/name=${name}`;
    const operators = await kube.list({ apiVersion: "apps/v1", kind: "Deployment", labelSelector });
    const foreign = operators.find((operator) => !belongsTo(operator, release));
    if (foreign !== undefined) return describeOwner(foreign, "runs a Prometheus operator");
  }
  for (const target of targets) {
    const found = await kube.get(target);
    if (found !== undefined && !belongsTo(found, release)) return describeOwner(found, "holds a name of our release");
  }
  return undefined;
}

function describeOwner(object: KubeObject, does: string): string {
  return `${ownerOf(object)}: ${nameOf(object)} ${does}`;
}

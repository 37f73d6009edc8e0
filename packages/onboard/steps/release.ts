import { releaseNameOf } from "#onboard/desired";
import { namespaceObject, type ReleaseName } from "#onboard/ownership";
import type { Helm, KubeApi } from "#onboard/ports";
import { leafOf, notSeen, type Step, type StepInput, type StepResult } from "#onboard/steps/step";

/**
 * Installs, upgrades or repairs the release; one of them per look.
 * After success: helm calls the newest revision deployed; its workloads may still be starting. After failure: helm
 * calls it failed, over which the next upgrade goes, or it was killed and the revision is pending: a look a quarter of
 * an hour later rolls back to the last good revision, or forgets the first if there is none.
 * Repeating is safe: values and labels are a function of cluster and configuration. A foreign release never gets here.
 */
export const release: Step = async (input) => {
  const { kube, helm } = leafOf(input);
  const name = releaseNameOf(input.ports.config);
  if (input.seen.state.release.status === "pending") return await repair(helm, name, input);
  return await upgrade(kube, helm, name, input);
};

async function upgrade(kube: KubeApi, helm: Helm, name: ReleaseName, input: StepInput): Promise<StepResult> {
  const { ref, seen, deadline } = input;
  if (seen.desired === null) throw notSeen(ref, "a desired release");
  const { chart, values, labels } = seen.desired;
  await makeNamespace(kube, name.namespace);
  await helm.upgrade({ release: name.name, namespace: name.namespace, chart, values, labels, deadline });
  return {
    message: `${name.namespace}/${name.name} is ${chart.name} ${chart.version}, values ${seen.desired.valuesHash}`,
  };
}

/** A namespace that is there already stays as its owner made it. */
async function makeNamespace(kube: KubeApi, name: string): Promise<void> {
  const found = await kube.get({ apiVersion: "v1", kind: "Namespace", name });
  if (found === undefined) await kube.apply(namespaceObject(name));
}

async function repair(
  helm: Helm,
  { name, namespace }: ReleaseName,
  { ref, seen, deadline }: StepInput,
): Promise<StepResult> {
  const found = seen.state.release;
  if (found.status !== "pending") throw notSeen(ref, "a pending release");
  if (found.lastDeployed !== null) {
    await helm.rollback(name, namespace, found.lastDeployed, deadline);
    return { message: `rolled back from pending revision ${found.revision} to ${found.lastDeployed}` };
  }
  // Asked again: helm may have come to an end since the look.
  const [newest] = await helm.revisions(name, namespace);
  if (newest?.revision !== found.revision || !newest.status.startsWith("pending-")) {
    return { message: `revision ${found.revision} is not pending any more` };
  }
  await helm.forget(newest);
  return { message: `forgot revision ${found.revision}, which never finished` };
}

import { ConflictError, TerminalError } from "#fleet/errors";
import { isDowngrade } from "#onboard/observe/crds";
import type { KubeApi, KubeObject } from "#onboard/ports";
import { leafOf, notSeen, type Step } from "#onboard/steps/step";

/**
 * Applies the custom resource definitions of the chart, server-side and never by force.
 * After success: every definition is there, at our version or a newer one. After failure: some are; each is whole.
 * Repeating is safe: apply is idempotent, a newer definition is passed over, and none is ever deleted.
 */
export const crds: Step = async (input) => {
  const { kube, helm } = leafOf(input);
  if (input.seen.desired === null) throw notSeen(input.ref, "a desired release");
  const wanted = await helm.crds(input.seen.desired.chart);
  let applied = 0;
  for (const crd of wanted) applied += await applyOne(kube, crd);
  return { message: `applied ${applied} of ${wanted.length} custom resource definitions` };
};

async function applyOne(kube: KubeApi, crd: KubeObject): Promise<number> {
  const { apiVersion, kind, metadata } = crd;
  // Read again and not taken from the look: somebody else may have upgraded meanwhile.
  if (isDowngrade(await kube.get({ apiVersion, kind, name: metadata.name }), crd)) return 0;
  try {
    await kube.apply(crd);
    return 1;
  } catch (error) {
    if (!(error instanceof ConflictError) || error.reason !== "field-conflict") throw error;
    throw new TerminalError(`${metadata.name} is managed by somebody else: ${error.message}`, {
      reason: "crds-conflict",
      remedy: "let that manager upgrade the definitions, or let it give the fields up",
      cause: error,
    });
  }
}

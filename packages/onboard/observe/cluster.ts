import type { ClusterRef } from "#fleet/cluster";
import { describeError, MusterbookError, RetryableError } from "#fleet/errors";
import { adminPolicyOf } from "#onboard/ownership";
import type { ClusterApi, ClusterDescription } from "#onboard/ports";
import type { AccessState, ClusterState } from "#onboard/state";

/** Asks EKS. An error of EKS is "not known", never "absent". */
export async function observeCluster(ref: ClusterRef, clusters: ClusterApi): Promise<ClusterState> {
  try {
    const description = await clusters.describe(ref);
    return description === undefined ? { status: "absent" } : { status: STATUS[description.status], description };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    const { reason, remedy } = error;
    const retryable = error instanceof RetryableError;
    return { status: "unobservable", retryable, reason, message: describeError(error), remedy };
  }
}

const STATUS = {
  CREATING: "creating",
  PENDING: "creating",
  ACTIVE: "active",
  UPDATING: "updating",
  DELETING: "deleting",
  FAILED: "failed",
} as const satisfies Record<ClusterDescription["status"], string>;

export async function observeAccess(
  description: ClusterDescription,
  principalArn: string,
  clusters: ClusterApi,
): Promise<AccessState> {
  // EKS answers questions about entries with an error in this mode.
  if (description.authenticationMode === "CONFIG_MAP") return { status: "config-map-only" };
  try {
    const policies = await clusters.accessPolicies(description.ref, principalArn);
    if (policies === undefined) return { status: "missing" };
    return policies.includes(adminPolicyOf(description.ref)) ? { status: "granted" } : { status: "narrowed", policies };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    const retryable = error instanceof RetryableError;
    return { status: "unreadable", retryable, message: describeError(error), remedy: error.remedy };
  }
}

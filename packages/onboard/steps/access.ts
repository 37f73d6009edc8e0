import { adminPolicyOf } from "#onboard/ownership";
import type { Step } from "#onboard/steps/step";

/** EKS honours an entry some seconds after it was made: a look before that would only see a 401. */
const PROPAGATION_MS = 30_000;

/**
 * Makes the access entry of Musterbook's role.
 * After success: the entry exists with the cluster-admin policy. After failure: perhaps an entry without policy, which
 * the next look sees as narrowed. Repeating is safe: both calls are idempotent. The authentication mode is never changed.
 */
export const access: Step = async ({ ref, ports }) => {
  const { principalArn } = ports.config;
  await ports.clusters.grantAccess(ref, principalArn, adminPolicyOf(ref));
  return { message: `gave ${principalArn} an access entry`, againAfterMs: PROPAGATION_MS };
};

import type { FleetConfig } from "#config/fleet-config";
import { describeError, RetryableError, TerminalError } from "#fleet/errors";
import type { ClusterDescription } from "#onboard/ports";
import type { Forbidden, ReachState } from "#onboard/state";

/** The VPC whose reconciler looks at a cluster: there its private endpoint answers, whoever else may use the public one. */
export function vpcOf(
  { ref, vpcId, endpointPrivateAccess }: ClusterDescription,
  { vpc }: FleetConfig["reach"],
): string | undefined {
  if (!endpointPrivateAccess) return undefined;
  return vpc.find(({ id, account, region }) => id === vpcId && account === ref.account && region === ref.region)?.id;
}

/**
 * Whether EKS says beforehand that no packet of ours can arrive, or none from here: told at once, never by a time-out.
 * `here`: the VPC that this reconciler is in; undefined for none.
 */
export function knownUnreachable(
  description: ClusterDescription,
  reach: FleetConfig["reach"],
  here: string | undefined,
): Extract<ReachState, { status: "private" | "elsewhere" }> | undefined {
  const vpc = vpcOf(description, reach);
  if (vpc !== here) return { status: "elsewhere", vpc: vpc ?? null };
  const { endpointPublicAccess, vpcId } = description;
  return endpointPublicAccess || vpc !== undefined ? undefined : { status: "private", vpcId };
}

/** What a failed call says of the reach; undefined when it says something else. */
export function reachOfError(error: unknown, description: ClusterDescription): ReachState | undefined {
  if (error instanceof TerminalError && error.reason === "unauthorized") {
    return { status: "unauthorized", message: describeError(error) };
  }
  if (!(error instanceof RetryableError) || !NO_ANSWER.has(error.reason)) return undefined;
  const { publicAccessCidrs: cidrs, endpointPublicAccess } = description;
  const message = describeError(error);
  const limited = endpointPublicAccess && !cidrs.includes("0.0.0.0/0") && error.reason === "unreachable";
  return limited ? { status: "restricted", cidrs, message } : { status: "unreachable", message };
}

const NO_ANSWER: ReadonlySet<string> = new Set(["unreachable", "throttled", "server-error"]);

/** A layer that our role may not read is a state of that layer; every other error goes on. */
export async function unlessForbidden<T>(look: () => Promise<T>): Promise<T | Forbidden> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof TerminalError) || error.reason !== "forbidden") throw error;
    return { status: "forbidden", message: describeError(error), remedy: error.remedy };
  }
}

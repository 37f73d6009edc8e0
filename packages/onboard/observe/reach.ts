import type { FleetConfig } from "#config/fleet-config";
import { describeError, RetryableError, TerminalError } from "#fleet/errors";
import type { ClusterDescription } from "#onboard/ports";
import type { Forbidden, ReachState } from "#onboard/state";

/** Whether EKS says beforehand that no packet of ours can arrive: told at once, never by a time-out. */
export function knownUnreachable(
  description: ClusterDescription,
  reach: FleetConfig["reach"],
): Extract<ReachState, { status: "private" }> | undefined {
  const { endpointPublicAccess, vpcId } = description;
  if (endpointPublicAccess || (vpcId !== null && reach.vpc.includes(vpcId))) return undefined;
  return { status: "private", vpcId };
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

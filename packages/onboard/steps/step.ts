import type { ClusterRef } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import type { EndpointEntry } from "#fleet/record";
import type { Leaf, Observation, ReconcilePorts } from "#onboard/observe";

export interface StepInput {
  readonly ref: ClusterRef;
  readonly seen: Observation;
  readonly ports: ReconcilePorts;
  readonly endpoint: EndpointEntry | null;
  /** When this look has to be over. */
  readonly deadline: Date;
}

/** What a step did, and what of it the record must remember. A field that is absent stays as it is. */
export interface StepResult {
  readonly message: string;
  readonly endpoint?: EndpointEntry | null;
  readonly dnsChange?: string | null;
  /** The world needs this long before another look is worth it. */
  readonly againAfterMs?: number;
}

/** Throws RetryableError or TerminalError when it could not be done. */
export type Step = (input: StepInput) => Promise<StepResult>;

/** The connection to a cluster that was seen open. */
export function leafOf({ seen, ref }: StepInput): Leaf {
  if (seen.leaf !== null) return seen.leaf;
  throw notSeen(ref, "a connection");
}

/** The guard of every step against being run where the look did not see its ground. */
export function notSeen(ref: ClusterRef, what: string): TerminalError {
  return new TerminalError(`the look at ${ref.arn} did not yield ${what}`, {
    reason: "defect",
    remedy: "report this as a defect of Musterbook, with the cluster's record",
  });
}

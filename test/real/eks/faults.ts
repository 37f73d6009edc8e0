import { type Call, fault, type Reply } from "#test/fakes/aws-server";
import type { Operation } from "#test/real/eks/operations";

export type Fault = "throttled" | "denied" | "unsettled";

/** Calls that are to go wrong. */
export interface Faults {
  /** The next call of this operation, with all its retries; of a listing the one that asks for its last page. */
  failNext(operation: Operation, how: Fault): void;
  /** The fault for a call, if it is to have one. */
  of(operation: Operation, call: Call, isLastPage: boolean): Reply | undefined;
}

const REPLIES: Readonly<Record<Fault, Reply>> = {
  throttled: fault(429, "ThrottlingException", "Rate exceeded"),
  denied: fault(403, "AccessDeniedException", "User is not authorized to perform this action"),
  unsettled: fault(404, "ResourceNotFoundException", "The specified principalArn could not be found."),
};

/** The SDK gives every attempt of one call the same invocation id. */
export function createFaults(): Faults {
  const planned = new Map<Operation, { readonly how: Fault; invocation?: string | undefined }>();
  return {
    failNext: (operation, how) => void planned.set(operation, { how }),
    of: (operation, call, isLastPage) => {
      const plan = planned.get(operation);
      const invocation = call.headers["amz-sdk-invocation-id"];
      if (plan === undefined || !isLastPage) return undefined;
      plan.invocation ??= invocation;
      if (plan.invocation === invocation) return REPLIES[plan.how];
      planned.delete(operation);
      return undefined;
    },
  };
}

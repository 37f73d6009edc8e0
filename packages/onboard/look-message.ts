import * as v from "valibot";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import { type MessageVersions, readMessage } from "#fleet/message-version";

const Arn = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const ref = parseClusterArn(dataset.value);
    if (ref !== undefined) return ref;
    addIssue({ message: "give the ARN of an EKS cluster" });
    return NEVER;
  }),
);

/** Version 1 is the first. */
export const LOOK_MESSAGE: MessageVersions = { kind: "request for a look", current: 1, upgrades: {} };

const LookMessage = v.object({
  schemaVersion: v.literal(1, "this version of Musterbook reads schemaVersion 1"),
  arn: Arn,
  because: v.string(),
  drill: v.optional(v.boolean(), false),
});

/** The only thing that is ever said to a reconciler: look at this cluster. `because` is for people. */
export interface LookMessage {
  readonly ref: ClusterRef;
  readonly because: string;
  /** Somebody waits for the record of this look, even if it finds nothing new. */
  readonly drill: boolean;
}

/** The body of a message for `clusters.fifo`. */
export function lookMessage(arn: string, because: string, drill = false): string {
  const message = { schemaVersion: 1 as const, arn, because, ...(drill ? { drill } : {}) };
  return JSON.stringify(message satisfies v.InferInput<typeof LookMessage>);
}

/** Reads a body at the door. TerminalError `bad-message` names field, value and remedy; RetryableError `newer-message`. */
export function parseLookMessage(body: string): LookMessage {
  const { arn: ref, because, drill } = readMessage(LOOK_MESSAGE, LookMessage, body);
  return { ref, because, drill };
}

import * as v from "valibot";
import { parseWith } from "#config/schema";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import { asCurrent, type MessageVersions } from "#fleet/message-version";

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
  const found = jsonOf(body);
  const version: unknown =
    typeof found === "object" && found !== null ? Reflect.get(found, "schemaVersion") : undefined;
  const parsed = parseWith(LookMessage, asCurrent(LOOK_MESSAGE, found, version));
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw badMessage(problem?.field ?? "(root)", problem?.value, problem?.remedy ?? "send a look message");
  }
  const { arn: ref, because, drill } = parsed.value;
  return { ref, because, drill };
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw badMessage("(root)", body.slice(0, 200), "send JSON", cause);
  }
}

function badMessage(field: string, value: unknown, remedy: string, cause?: unknown): TerminalError {
  return new TerminalError(`message cannot be read: ${field} is ${JSON.stringify(value)}`, {
    reason: "bad-message",
    field,
    value,
    remedy,
    cause,
  });
}

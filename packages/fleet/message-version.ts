import type * as v from "valibot";
import { parseWith } from "#config/schema";
import { RetryableError, TerminalError } from "#fleet/errors";

/** How the bodies of a kind of message are read while releases that write and read them change. */
export interface MessageVersions {
  /** For people: "request for a look". */
  readonly kind: string;
  readonly current: number;
  /** By the version that a body has: the same body one version later. A reader takes the version before its own. */
  readonly upgrades: Readonly<Record<number, (older: object) => object>>;
}

/**
 * A body of the current version or the one before, as one of the current version. One without a version is left as it is:
 * the schema refuses it.
 * @throws RetryableError `newer-message`: a deploy under way will read it, and one that never comes is to be rolled forward
 */
export function asCurrent({ kind, current, upgrades }: MessageVersions, body: unknown, version: unknown): unknown {
  if (typeof version !== "number" || typeof body !== "object" || body === null) return body;
  if (version <= current) return upgrades[version]?.(body) ?? body;
  throw new RetryableError(
    `this ${kind} has schema version ${version}, and the function that reads it knows ${current} at most: a later release wrote it`,
    {
      reason: "newer-message",
      field: "schemaVersion",
      value: version,
      remedy:
        "Roll this stage forward to the release that wrote it, or a later one (npx sst deploy), then redrive the dead-letter queue.",
    },
  );
}

/**
 * Reads a body of our own at the door.
 * @throws TerminalError `bad-message` with field, value and remedy; RetryableError `newer-message`
 */
export function readMessage<T>(versions: MessageVersions, schema: v.GenericSchema<unknown, T>, body: string): T {
  const found = jsonOf(body);
  const version: unknown =
    typeof found === "object" && found !== null ? Reflect.get(found, "schemaVersion") : undefined;
  const parsed = parseWith(schema, asCurrent(versions, found, version));
  if (parsed.ok) return parsed.value;
  const [problem] = parsed.problems;
  throw badMessage(problem?.field ?? "(root)", problem?.value, problem?.remedy ?? `send a ${versions.kind}`);
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

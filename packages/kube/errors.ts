import * as v from "valibot";
import { parseWith } from "#config/schema";
import { ConflictError, type MusterbookError, RetryableError, TerminalError } from "#fleet/errors";

/** `Status`, as far as the errors of the port need it. */
const Status = v.object({
  kind: v.literal("Status"),
  message: v.optional(v.string(), ""),
  reason: v.optional(v.string(), ""),
  code: v.optional(v.number()),
  details: v.optional(
    v.object({
      name: v.optional(v.string()),
      kind: v.optional(v.string()),
      causes: v.optional(
        v.array(v.object({ message: v.optional(v.string(), ""), field: v.optional(v.string(), "") })),
        [],
      ),
    }),
  ),
});

export type ApiStatus = v.InferOutput<typeof Status>;

/** The body of a reply as a `Status`; undefined when it is anything else, a proxy's HTML page for one. */
export function parseStatus(body: unknown): ApiStatus | undefined {
  const parsed = parseWith(Status, body);
  return parsed.ok ? parsed.value : undefined;
}

/** What the API server refused, as the port's error; `doing` says what was wanted, e.g. `apply v1 ConfigMap a/b`. */
export function kubeError(code: number, status: ApiStatus | undefined, doing: string): MusterbookError {
  const said = status?.message === undefined || status.message === "" ? `HTTP ${code}` : status.message;
  const message = `${doing}: ${said}`;
  const cause = new Error(`Kubernetes API answered ${code} ${status?.reason ?? ""}`.trimEnd());
  switch (code) {
    case 401:
      return new TerminalError(message, { reason: "unauthorized", remedy: UNAUTHORIZED, cause });
    case 403:
      return new TerminalError(message, { reason: "forbidden", remedy: FORBIDDEN, cause });
    case 404:
      return new RetryableError(message, { reason: "not-found", remedy: NOT_FOUND, cause });
    case 409:
    case 412:
      return conflictError(message, status, cause);
    case 429:
      return new RetryableError(message, { reason: "throttled", remedy: "Nothing to do: it is tried again.", cause });
    default:
      // Server-side apply answers 500 for a field that is not known or of a wrong type: that is no fault which passes.
      if (code >= 500 && !UNTYPED.test(said))
        return new RetryableError(message, { reason: "server-error", remedy: SERVER_ERROR, cause });
      return new TerminalError(message, { reason: "invalid", remedy: INVALID, cause });
  }
}

const UNTYPED = /^failed to create typed patch object/;
const UNAUTHORIZED = "Check the cluster's access entry for Musterbook's role, and its authentication mode.";
const FORBIDDEN = "Give Musterbook's role in the cluster the right that the message names.";
const NOT_FOUND = "Make the namespace or the custom resource definition first; a new definition takes some seconds.";
const INVALID = "Correct the object: the message names the field.";
const SERVER_ERROR = "Nothing to do if it passes; else look at the cluster's API server and its webhooks.";

/** `conflict with "kubectl" using apps/v1`: the cause of each field, as server-side apply words it. */
const MANAGER = /conflict with "(?<manager>(?:[^"\\]|\\.)*)"/;

function conflictError(message: string, status: ApiStatus | undefined, cause: Error): ConflictError {
  const owners = (status?.details?.causes ?? []).flatMap((one) => {
    const manager = MANAGER.exec(one.message)?.groups?.manager;
    return manager === undefined ? [] : [{ manager, field: one.field }];
  });
  if (owners.length === 0) {
    const remedy = "Nothing to do: the object was changed at the same time, it is read again.";
    return new ConflictError(message, { reason: "conflict", remedy, cause });
  }
  const managers = [...new Set(owners.map((owner) => owner.manager))].join(", ");
  const remedy = `Musterbook never takes a field by force: let ${managers} give it up, or leave it out of Musterbook's values.`;
  return new ConflictError(message, {
    reason: "field-conflict",
    remedy,
    field: owners.map((owner) => owner.field).join(", "),
    value: managers,
    cause,
  });
}

/** No answer at all: no route, a refused connection, a broken certificate, or nothing within `seconds`. */
export function unreachable(doing: string, cause: unknown): RetryableError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new RetryableError(`${doing}: the Kubernetes API cannot be reached: ${why}`, {
    reason: "unreachable",
    remedy: "Check the endpoint's access (public, CIDRs, private), the route to it and its certificate authority.",
    cause,
  });
}

import { apiVersionOf, type Kind } from "#local/kubernetes/kinds";

/** `Status` as the Kubernetes API answers a failure. */
export interface KubeStatus {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Failure";
  readonly message: string;
  readonly reason: string;
  readonly details?: StatusDetails;
  readonly code: number;
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal of the embedded API, worded as Kubernetes words it. */
export class KubeFailure extends Error {
  override readonly name = "KubeFailure";
  readonly status: KubeStatus;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: StatusDetails,
    metadata: KubeStatus["metadata"] = {},
  ) {
    super(message);
    const more = details === undefined ? {} : { details };
    this.status = { kind: "Status", apiVersion: "v1", metadata, status: "Failure", message, reason, ...more, code };
  }
}

/** `deployments.apps`, as messages name a resource. */
function qualified(kind: Kind): string {
  return kind.group === "" ? kind.plural : `${kind.plural}.${kind.group}`;
}

function detailsOf(kind: Kind, name: string): StatusDetails {
  return { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): KubeFailure {
  return new KubeFailure(404, "NotFound", `${qualified(kind)} "${name}" not found`, detailsOf(kind, name));
}

/** What a path outside discovery gets: an unknown kind, group or subresource. */
export function unknownPath(): KubeFailure {
  return new KubeFailure(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(kind: Kind, name: string): KubeFailure {
  return new KubeFailure(409, "AlreadyExists", `${qualified(kind)} "${name}" already exists`, detailsOf(kind, name));
}

export function conflict(kind: Kind, name: string, why: string): KubeFailure {
  const message = `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${why}`;
  return new KubeFailure(409, "Conflict", message, detailsOf(kind, name));
}

/** A precondition of a DELETE that does not hold; it names the kind where others name the resource. */
export function preconditionFailed(kind: Kind, name: string, why: string): KubeFailure {
  const message = `Operation cannot be fulfilled on ${kind.kind} ${JSON.stringify(name)}: ${why}`;
  return new KubeFailure(409, "Conflict", message, { ...detailsOf(kind, name), kind: kind.kind });
}

/** 422 for what the query says. */
export function invalidOptions(options: "ListOptions" | "PatchOptions", field: string, problem: string): KubeFailure {
  const message = `${options}.meta.k8s.io "" is invalid: ${field}: ${problem}`;
  const reason = problem.startsWith("Required") ? "FieldValueRequired" : "FieldValueForbidden";
  const causes = [{ reason, message: problem, field }];
  return new KubeFailure(422, "Invalid", message, { group: "meta.k8s.io", kind: options, causes });
}

/** What a watch gets that reaches back further than the server remembers. */
export function expired(): KubeFailure {
  return new KubeFailure(410, "Expired", "The resourceVersion for the provided watch is too old.");
}

/** What a page gets whose revision is forgotten; `token` goes on at the present one. */
export function expiredPage(token: string): KubeFailure {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results.";
  return new KubeFailure(410, "Expired", message, undefined, { continue: token });
}

export function invalid(kind: Kind, name: string, field: string, problem: string): KubeFailure {
  const message = `${kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid: ${field}: ${problem}`;
  const causes = [{ reason: "FieldValueInvalid", message: problem, field }];
  return new KubeFailure(422, "Invalid", message, { ...detailsOf(kind, name), kind: kind.kind, causes });
}

export function badRequest(message: string): KubeFailure {
  return new KubeFailure(400, "BadRequest", message);
}

export function entityTooLarge(limit: number): KubeFailure {
  return new KubeFailure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);
}

export function mismatch(kind: Kind, apiVersion: unknown, object: unknown): KubeFailure {
  return badRequest(
    `the object provided is of kind ${String(apiVersion)} ${String(object)}, but the request is for ${apiVersionOf(kind)} ${kind.kind}`,
  );
}

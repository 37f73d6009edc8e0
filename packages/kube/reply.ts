import * as v from "valibot";
import { parseWith } from "#config/schema";
import { RetryableError } from "#fleet/errors";
import type { KubeObject } from "#onboard/ports";

const Metadata = v.looseObject({
  name: v.string(),
  namespace: v.optional(v.string()),
  uid: v.optional(v.string()),
  resourceVersion: v.optional(v.string()),
  creationTimestamp: v.optional(v.string()),
  deletionTimestamp: v.optional(v.string()),
  labels: v.optional(v.record(v.string(), v.string())),
  annotations: v.optional(v.record(v.string(), v.string())),
  managedFields: v.optional(v.array(v.unknown())),
});

const Item = v.looseObject({ metadata: Metadata });

const ListReply = v.object({
  metadata: v.optional(v.object({ continue: v.optional(v.string(), "") }), {}),
  items: v.nullish(v.array(Item), []),
});

/** JSON, or undefined for anything else. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A reply by its schema. RetryableError `server-error` for anything else, a proxy's page for one. */
export function parseReply<S extends v.GenericSchema>(schema: S, body: string, doing: string): v.InferOutput<S> {
  const parsed = parseWith(schema, parseJson(body));
  if (parsed.ok) return parsed.value;
  const [problem] = parsed.problems;
  throw new RetryableError(
    `${doing}: the reply is not what a Kubernetes API answers: ${problem?.field}: ${problem?.remedy}`,
    {
      reason: "server-error",
      remedy: "Check what stands between Musterbook and the API server: a proxy answers in its place.",
      field: problem?.field ?? "(root)",
      value: body.slice(0, 200),
    },
  );
}

interface Type {
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object as `type`. */
export function parseObject(body: string, type: Type, doing: string): KubeObject {
  return { ...parseReply(Item, body, doing), apiVersion: type.apiVersion, kind: type.kind } as KubeObject;
}

/** One page of a list; its items get the kind that the API server leaves out. */
export function parsePage(
  body: string,
  type: Type,
  doing: string,
): { readonly items: readonly KubeObject[]; readonly next: string } {
  const { metadata, items } = parseReply(ListReply, body, doing);
  const { apiVersion, kind } = type;
  return {
    items: (items ?? []).map((item) => ({ ...item, apiVersion, kind }) as KubeObject),
    next: metadata.continue ?? "",
  };
}

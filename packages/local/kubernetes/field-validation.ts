import { badRequest, KubeFailure } from "#local/kubernetes/failure";
import { isObject, type JsonObject, without } from "#local/kubernetes/json";
import { apiVersionOf, type Kind, resourceOf } from "#local/kubernetes/kinds";

type Type = "text" | "texts" | "flag";

/** What is known of the fields of a kind. Of other kinds nothing is, and every field of theirs is taken. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, Type>>>> = {
  "/configmaps": { data: "texts", binaryData: "texts", immutable: "flag" },
  "/secrets": { data: "texts", stringData: "texts", type: "text", immutable: "flag" },
};

const COMMON = new Set(["apiVersion", "kind", "metadata"]);

/** `fieldValidation`: what becomes of a field that is not known. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

/** An object of a create or an update without what nobody knows, which `warn` is told of. KubeFailure 400 for a wrong type, and for an unknown field if it is strict. */
export function decoded<T extends JsonObject>(
  object: T,
  kind: Kind,
  how: { readonly validation: FieldValidation; readonly warn: (text: string) => void },
): T {
  const [wrong] = wrongTypes(object, kind);
  if (wrong !== undefined) {
    throw unhandled(
      kind,
      `json: cannot unmarshal ${wrong.got} into Go struct field ${kind.kind}.${wrong.field} of type ${wrong.wanted}`,
    );
  }
  const unknown = unknownFields(object, kind);
  if (unknown.length === 0) return object;
  const problems = unknown.map((field) => `unknown field ${JSON.stringify(field)}`);
  if (how.validation === "Strict") throw unhandled(kind, `strict decoding error: ${problems.join(", ")}`);
  if (how.validation === "Warn") for (const problem of problems) how.warn(problem);
  return without(object, ...unknown);
}

/** KubeFailure 500, as the API server calls it, for an applied field that is not known or of a wrong type. */
export function requireTyped(object: JsonObject, kind: Kind, name: string): void {
  const [unknown] = unknownFields(object, kind);
  const [wrong] = wrongTypes(object, kind);
  if (unknown !== undefined) throw untyped(kind, name, `.${unknown}: field not declared in schema`);
  if (wrong !== undefined) throw untyped(kind, name, `.${wrong.field}: expected ${wrong.wanted}, got ${wrong.got}`);
}

function unhandled(kind: Kind, why: string): KubeFailure {
  return badRequest(
    `${kind.kind} in version ${JSON.stringify(apiVersionOf(kind))} cannot be handled as a ${kind.kind}: ${why}`,
  );
}

function untyped({ group, version, kind }: Kind, name: string, why: string): KubeFailure {
  return new KubeFailure(
    500,
    "",
    `failed to create typed patch object (/${name}; ${group}/${version}, Kind=${kind}): ${why}`,
  );
}

function unknownFields(object: JsonObject, kind: Kind): readonly string[] {
  const known = FIELDS[resourceOf(kind)];
  return known === undefined ? [] : Object.keys(object).filter((key) => !COMMON.has(key) && !(key in known));
}

interface WrongType {
  readonly field: string;
  readonly wanted: string;
  readonly got: string;
}

function wrongTypes(object: JsonObject, kind: Kind): readonly WrongType[] {
  const known = Object.entries(FIELDS[resourceOf(kind)] ?? {});
  return known.flatMap(([field, type]) => {
    const value = object[field];
    if (value === undefined || value === null) return [];
    if (type === "text") return typeof value === "string" ? [] : [{ field, wanted: "string", got: nameOf(value) }];
    if (type === "flag") return typeof value === "boolean" ? [] : [{ field, wanted: "bool", got: nameOf(value) }];
    if (!isObject(value)) return [{ field, wanted: "map[string]string", got: nameOf(value) }];
    const wrong = Object.values(value).find((text) => typeof text !== "string" && text !== null);
    return wrong === undefined ? [] : [{ field, wanted: "string", got: nameOf(wrong) }];
  });
}

/** As Go's JSON names a type. */
function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

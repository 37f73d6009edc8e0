import { badRequest, invalid, mismatch } from "#local/kubernetes/failure";
import { asObject, isObject, type JsonObject, without } from "#local/kubernetes/json";
import { apiVersionOf, type Kind } from "#local/kubernetes/kinds";
import type { KubeObject } from "#onboard/ports";

/** `MaxSecretSize` of Kubernetes, over all values of a Secret or ConfigMap, decoded. */
const MAX_DATA_BYTES = 1_048_576;

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Names of these kinds may hold more than a DNS name, `system:node` for one. */
const FREE_NAMES = new Set(["rbac.authorization.k8s.io"]);

/** A request's body as an object of the kind: kind, namespace and name agree with the path. KubeFailure 400. */
export function fromBody(
  body: unknown,
  kind: Kind,
  path: { namespace?: string | undefined; name?: string },
): KubeObject {
  const given = asObject(body);
  const apiVersion = given.apiVersion ?? apiVersionOf(kind);
  const kindName = given.kind ?? kind.kind;
  if (apiVersion !== apiVersionOf(kind) || kindName !== kind.kind) throw mismatch(kind, apiVersion, kindName);
  const metadata = asObject(given.metadata);
  const name = metadata.name;
  if (path.name !== undefined && name === undefined) {
    throw badRequest(`the name of the object (${path.name} based on URL) was undeterminable: name must be provided`);
  }
  if (typeof name !== "string" && typeof metadata.generateName !== "string") {
    throw invalid(kind, "", "metadata.name", "Required value: name or generateName is required");
  }
  if (path.name !== undefined && name !== path.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${path.name})`);
  }
  const scoped = kind.namespaced ? { namespace: namespaceFrom(metadata, path.namespace) } : {};
  const rest = without(metadata, "namespace");
  return { ...given, apiVersion, kind: kindName, metadata: { ...rest, ...scoped, name: String(name ?? "") } };
}

function namespaceFrom(metadata: JsonObject, fromPath: string | undefined): string {
  const given = metadata.namespace;
  if (fromPath !== undefined && given !== undefined && given !== "" && given !== fromPath) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return fromPath ?? (typeof given === "string" ? given : "default");
}

/** Fills in what the API server fills in, and drops what it drops. */
export function defaulted(given: KubeObject, kind: Kind): KubeObject {
  const object = withoutEmptyMaps(given, kind);
  if (kind.group !== "") return object;
  if (kind.kind === "Secret") return secretDefaults(object);
  if (kind.kind !== "Namespace") return object;
  const labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": object.metadata.name };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** Maps that Go leaves out when they are empty (`omitempty`). */
function withoutEmptyMaps(object: KubeObject, { group, kind }: Kind): KubeObject {
  const metadata = withoutEmpty(object.metadata, "labels", "annotations");
  const holdsData = group === "" && (kind === "ConfigMap" || kind === "Secret");
  const rest = holdsData ? withoutEmpty(object, "data", "binaryData") : object;
  return rest === object && metadata === object.metadata ? object : { ...rest, metadata };
}

function withoutEmpty<T extends JsonObject>(object: T, ...keys: readonly string[]): T {
  const empty = keys.filter((key) => isObject(object[key]) && Object.keys(object[key]).length === 0);
  return empty.length === 0 ? object : without(object, ...empty);
}

function secretDefaults(object: KubeObject): KubeObject {
  const { stringData, ...rest } = object;
  if (!isObject(stringData)) return { type: "Opaque", ...object };
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")]);
  return { type: "Opaque", ...rest, data: { ...asObject(rest.data), ...Object.fromEntries(encoded) } } as KubeObject;
}

const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** KubeFailure 422 for a name or a label that is none, and for more data than a Secret or ConfigMap may hold. */
export function validate(object: KubeObject, kind: Kind): void {
  const { name } = object.metadata;
  if (!FREE_NAMES.has(kind.group) && (name.length > 253 || !SUBDOMAIN.test(name))) {
    const problem = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`;
    throw invalid(kind, name, "metadata.name", problem);
  }
  const wrongLabel = Object.values(object.metadata.labels ?? {}).find((value) => !LABEL_VALUE.test(value));
  if (wrongLabel !== undefined) {
    const problem = `Invalid value: ${JSON.stringify(wrongLabel)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`;
    throw invalid(kind, name, "metadata.labels", problem);
  }
  if (kind.group !== "" || (kind.kind !== "Secret" && kind.kind !== "ConfigMap")) return;
  if (dataBytes(object, kind.kind) <= MAX_DATA_BYTES) return;
  const problem = `Too long: may not be more than ${MAX_DATA_BYTES} bytes`;
  throw invalid(kind, name, kind.kind === "Secret" ? "data" : "[]", problem);
}

function dataBytes(object: KubeObject, kind: "Secret" | "ConfigMap"): number {
  const plain = Object.values(asObject(object.data)).map(String);
  const binary = Object.values(asObject(object.binaryData)).map(String);
  const encoded = kind === "Secret" ? plain : binary;
  const text = kind === "Secret" ? [] : plain;
  const decodedBytes = encoded.map((value) => Buffer.byteLength(value, "base64"));
  return [...decodedBytes, ...text.map((value) => Buffer.byteLength(value))].reduce((sum, bytes) => sum + bytes, 0);
}

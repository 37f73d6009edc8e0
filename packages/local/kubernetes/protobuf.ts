import { BinaryReader } from "@bufbuild/protobuf/wire";
import { badRequest, KubeFailure } from "#local/kubernetes/failure";
import type { JsonObject } from "#local/kubernetes/json";

/** What a protobuf body of the Kubernetes API begins with. */
const MAGIC = Buffer.from("k8s\0");

/** One field of a message: its name in JSON, and how its bytes are read. */
interface Field {
  readonly name: string;
  readonly read: (reader: BinaryReader) => unknown;
  readonly repeated?: "list" | "map";
}

type Message = Readonly<Record<number, Field>>;

const text = (reader: BinaryReader): string => reader.string();
const flag = (reader: BinaryReader): boolean => reader.bool();
const number = (reader: BinaryReader): number => Number(reader.int64());
const base64 = (reader: BinaryReader): string => Buffer.from(reader.bytes()).toString("base64");

function message(fields: Message): (reader: BinaryReader) => JsonObject {
  return (reader) => decode(readerOf(reader.bytes()), fields);
}

function entry(value: (reader: BinaryReader) => unknown): (reader: BinaryReader) => JsonObject {
  return message({ 1: { name: "key", read: text }, 2: { name: "value", read: value } });
}

function readerOf(bytes: Uint8Array): BinaryReader {
  return new BinaryReader(bytes);
}

function one(name: string, read: Field["read"]): Field {
  return { name, read };
}

function list(name: string, read: Field["read"]): Field {
  return { name, read, repeated: "list" };
}

function map(name: string, value: Field["read"]): Field {
  return { name, read: entry(value), repeated: "map" };
}

/** Field numbers of `k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto`. */
const OBJECT_META: Message = {
  1: one("name", text),
  2: one("generateName", text),
  3: one("namespace", text),
  5: one("uid", text),
  6: one("resourceVersion", text),
  11: map("labels", text),
  12: map("annotations", text),
  14: list("finalizers", text),
};

const DELETE_OPTIONS: Message = {
  1: one("gracePeriodSeconds", number),
  2: one("preconditions", message({ 1: one("uid", text), 2: one("resourceVersion", text) })),
  3: one("orphanDependents", flag),
  4: one("propagationPolicy", text),
  5: list("dryRun", text),
};

/** Field numbers of `k8s.io/api/core/v1/generated.proto`: what helm and kubectl send as protobuf. */
const KINDS: Readonly<Record<string, Message>> = {
  Secret: {
    1: one("metadata", message(OBJECT_META)),
    2: map("data", base64),
    3: one("type", text),
    4: map("stringData", text),
    5: one("immutable", flag),
  },
  ConfigMap: {
    1: one("metadata", message(OBJECT_META)),
    2: map("data", text),
    3: map("binaryData", base64),
    4: one("immutable", flag),
  },
  Namespace: { 1: one("metadata", message(OBJECT_META)) },
  DeleteOptions: DELETE_OPTIONS,
};

/** `k8s.io/apimachinery/pkg/runtime/generated.proto`: the envelope of every body. */
const UNKNOWN: Message = {
  1: one("typeMeta", message({ 1: one("apiVersion", text), 2: one("kind", text) })),
  2: one("raw", (reader) => reader.bytes()),
};

export function isProtobuf(body: Uint8Array): boolean {
  return Buffer.from(body.subarray(0, MAGIC.length)).equals(MAGIC);
}

/** A protobuf body as the JSON it stands for. KubeFailure 415 for a kind that is not decoded here, 400 for broken bytes. */
export function decodeProtobuf(body: Uint8Array): JsonObject {
  const { typeMeta, raw } = decodeOr400(body.subarray(MAGIC.length), UNKNOWN);
  const { apiVersion, kind } = typeMeta as { apiVersion?: string; kind?: string };
  const fields = KINDS[kind ?? ""];
  if (fields === undefined || !(raw instanceof Uint8Array)) {
    throw new KubeFailure(415, "UnsupportedMediaType", `no protobuf is decoded for ${apiVersion} ${kind}`);
  }
  return { apiVersion, kind, ...decodeOr400(raw, fields) };
}

function decodeOr400(bytes: Uint8Array, fields: Message): JsonObject {
  try {
    return decode(readerOf(bytes), fields);
  } catch (error) {
    throw badRequest(`the protobuf body is broken: ${String(error)}`);
  }
}

function decode(reader: BinaryReader, fields: Message): JsonObject {
  const result: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field === undefined) {
      reader.skip(wireType);
      continue;
    }
    const value = field.read(reader);
    // Go writes its empty strings too, where JSON leaves the field out.
    if (value !== "") result[field.name] = combined(field, result[field.name], value);
  }
  return result;
}

function combined(field: Field, before: unknown, value: unknown): unknown {
  if (field.repeated === "list") return [...((before as unknown[] | undefined) ?? []), value];
  if (field.repeated !== "map") return value;
  const { key = "", value: inner = "" } = value as { key?: string; value?: unknown };
  return { ...(before as JsonObject | undefined), [key]: inner };
}

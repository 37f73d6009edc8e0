import type { IncomingMessage } from "node:http";
import { parse as parseYaml } from "yaml";
import { badRequest, entityTooLarge } from "#local/kubernetes/failure";
import type { FieldValidation } from "#local/kubernetes/field-validation";
import type { JsonObject } from "#local/kubernetes/json";
import { decodeProtobuf, isProtobuf } from "#local/kubernetes/protobuf";
import type { WriteOptions } from "#local/kubernetes/writes";

/** What an API server takes. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** One request of the API, read whole. */
export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly accept: string | undefined;
  readonly contentType: string;
  readonly userAgent: string;
  /** Undefined when there is none. */
  readonly body: unknown;
}

/** What a request is answered with; a text stays as it is. */
export interface Answer {
  readonly code: number;
  readonly body: JsonObject | string;
  readonly warnings?: readonly string[];
}

/** KubeFailure 400 for a body that is neither JSON, YAML nor protobuf, 413 for one that is too large. */
export async function readExchange(request: IncomingMessage): Promise<Exchange> {
  const { headers, method = "GET" } = request;
  const bytes = await readBody(request);
  return {
    method,
    url: new URL(request.url ?? "/", "http://embedded"),
    accept: headers.accept,
    contentType: headers["content-type"] ?? "",
    userAgent: headers["user-agent"] ?? "unknown",
    body: bytes.length === 0 ? undefined : decodeBody(bytes),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    size += chunk.length;
  }
  if (size > MAX_BODY_BYTES) throw entityTooLarge(MAX_BODY_BYTES);
  return Buffer.concat(chunks);
}

function decodeBody(bytes: Buffer): unknown {
  if (isProtobuf(bytes)) return decodeProtobuf(bytes);
  const text = bytes.toString();
  try {
    return /^\s*[[{]/.test(text) ? JSON.parse(text) : parseYaml(text);
  } catch (error) {
    throw badRequest(`the request body cannot be read: ${String(error)}`);
  }
}

function validationOf(text: string | null): FieldValidation {
  return text === "Strict" || text === "Ignore" ? text : "Warn";
}

/** The manager is the one named, else the client's program, as in Kubernetes. */
export function writeOptionsOf({ url, userAgent }: Exchange): WriteOptions {
  const { searchParams: query } = url;
  return {
    manager: query.get("fieldManager") ?? userAgent.split("/")[0] ?? userAgent,
    dryRun: query.get("dryRun") === "All",
    force: query.get("force") === "true",
    validation: validationOf(query.get("fieldValidation")),
  };
}

import { isRecord, type Json, type JsonObject } from "#sst-graph/graph";

/** How a secret goes over Pulumi's wire: an object with this signature. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Makes a value of the wire plain: secrets unwrapped, assets and archives read, whatever JSON cannot say left out. */
export async function plain(value: unknown): Promise<Json> {
  if (value instanceof Promise) return plain(await value);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (!isRecord(value)) return null;
  if (value[SIGNATURE] === SECRET) return plain(value.value);
  const entries = Object.entries(value).filter(([key, entry]) => key !== "__provider" && typeof entry !== "function");
  return Object.fromEntries(await Promise.all(entries.map(async ([key, entry]) => [key, await plain(entry)])));
}

export async function plainObject(value: unknown): Promise<JsonObject> {
  const result = await plain(value);
  return isObject(result) ? result : {};
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Names of the entries that are secret. */
export function secretsOf(inputs: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(inputs)
    .filter(([, value]) => isRecord(value) && value[SIGNATURE] === SECRET)
    .map(([name]) => name);
}

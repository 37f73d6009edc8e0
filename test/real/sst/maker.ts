import * as v from "valibot";
import type { JsonObject } from "#sst-graph/graph";

interface Place {
  readonly region: string;
  readonly account: string;
}

interface Of {
  /** Logical. */
  readonly name: string;
  readonly place: Place;
}
type Made = { readonly id?: string; readonly state: JsonObject } | undefined;
/** Makes one resource; undefined leaves its state as it was computed. */
export type Make = (inputs: JsonObject, of: Of) => Promise<Made>;

/** Reads the inputs that it needs, and makes the resource. */
export function maker<S extends v.GenericSchema>(
  schema: S,
  make: (inputs: v.InferOutput<S>, of: Of) => Promise<Made>,
): Make {
  return (inputs, of) => make(v.parse(schema, inputs), of);
}

/** Kinds of inputs. */
export const text = v.string();
export const maybe = v.optional(text);
export const Arn = v.object({ arn: text });

const endpoint = process.env.MINISTACK_URL ?? "";
const clients = new Map<string, unknown>();

/** One client per service and region. */
export function client<C>(Client: new (config: object) => C, { region, account }: Place): C {
  const key = `${Client.name} ${region}`;
  const known = clients.get(key) as C | undefined;
  const credentials = { accessKeyId: account, secretAccessKey: "none" };
  const made = known ?? new Client({ region, endpoint, credentials, forcePathStyle: true, maxAttempts: 1 });
  clients.set(key, made);
  return made;
}

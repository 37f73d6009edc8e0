import * as v from "valibot";
import type { JsonObject } from "#sst-graph/graph";
import { callJson } from "#test/real/aws/json-call";
import { settingsOf } from "#test/real/sst/settings";

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

/** Makes a resource by calls that answer nothing which the program would read. */
export function does<S extends v.GenericSchema>(
  schema: S,
  work: (inputs: v.InferOutput<S>, of: Of) => Promise<unknown>,
): Make {
  return maker(schema, async (inputs, of) => {
    await work(inputs, of);
    return undefined;
  });
}

/** Kinds of inputs. */
export const text = v.string();
export const maybe = v.optional(text);
export const Arn = v.object({ arn: text });

/** How this process is to apply. */
export const settings = settingsOf(process.env);
const { endpoint } = settings;
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

/** A call of a service that has no client here. */
export function call(place: Place, service: string, target: string, input: object): Promise<unknown> {
  return callJson({ endpoint, ...place, service, target, input });
}

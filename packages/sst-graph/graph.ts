/** What an evaluation of an SST program gives: everything that the program asked Pulumi and the SST CLI for. */

/** A value as it goes over the wire: what JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What `app()` returned, as the CLI completes it. */
export interface App {
  readonly name: string;
  readonly stage: string;
  readonly home: string;
  /** What happens to resources that leave the program: `retain` keeps buckets, tables and databases. */
  readonly removal: "remove" | "retain" | "retain-all";
  /** Whether `sst remove` is refused. */
  readonly protect: boolean;
  readonly providers: JsonObject;
}

export interface Resource {
  readonly urn: string;
  /** Such as `aws:sqs/queue:Queue` or `sst:aws:Queue`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** `custom`: a cloud resource; `component`: a group of them; `provider`: `pulumi:providers:*`. */
  readonly kind: "custom" | "component" | "provider";
  /** `read`: it exists already (`X.get`) and is not made. */
  readonly origin: "created" | "read";
  /** URN. */
  readonly parent: string | null;
  /** URN of an explicit provider; null for the default one. */
  readonly provider: string | null;
  readonly region: string;
  /** Secrets and assets resolved. */
  readonly inputs: JsonObject;
  /** Names of inputs that were secret. */
  readonly secrets: readonly string[];
  readonly id: string;
  /** What the provider would have answered, as far as programs read it back. */
  readonly state: JsonObject;
  /** URNs. */
  readonly dependsOn: readonly string[];
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  /** The id of the existing resource that is adopted. */
  readonly importId: string | null;
  /** Of a component. */
  readonly outputs: JsonObject;
}

/** Makes a resource in an emulator; `undefined` leaves it computed. */
export type Applier = (of: {
  readonly type: string;
  readonly name: string;
  readonly inputs: JsonObject;
  readonly region: string;
  readonly account: string;
}) => Promise<{ readonly id?: string; readonly state: JsonObject } | undefined>;

/** A call of a provider function, such as `aws:index/getRegion:getRegion`. */
export interface ProviderCall {
  readonly token: string;
  readonly inputs: JsonObject;
  readonly result: JsonObject;
}

/** A call that the program made to the SST CLI. */
export interface CliCall {
  readonly method: string;
  readonly input: Json;
}

/** One function's code. */
export interface Build {
  readonly functionId: string;
  /** As the program gave it: `functions/x.handler`. */
  readonly handler: string;
  readonly runtime: string;
  /** Folder that is zipped. */
  readonly out: string;
  /** Bytes of the bundle; null when it was only named and not built. */
  readonly bytes: number | null;
  /** Bytes that each source file contributes, by its path; empty when not built. */
  readonly parts: Readonly<Record<string, number>>;
}

export interface ProgramError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export interface Graph {
  readonly app: App;
  readonly account: string;
  readonly region: string;
  readonly outputs: JsonObject;
  /** In the order of their registration, which is an order in which they can be made. */
  readonly resources: readonly Resource[];
  readonly providerCalls: readonly ProviderCall[];
  readonly cliCalls: readonly CliCall[];
  readonly builds: readonly Build[];
  /** Empty when the program ended well. */
  readonly errors: readonly ProgramError[];
  /** Milliseconds. */
  readonly timings: Readonly<Record<"app" | "bundle" | "load" | "run", number>>;
}

/** What the child process writes: the builds are its parent's. */
export type Captured = Omit<Graph, "builds" | "cliCalls">;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { Applier, JsonObject, ProviderCall, Resource } from "#sst-graph/graph";
import type { Mocks, Monitor, PulumiProgram, ReadRequest, RegisterRequest } from "#sst-graph/pulumi";
import { computedState, type Place, providerAnswer } from "#sst-graph/state";
import { plainObject, secretsOf } from "#sst-graph/wire";

export interface Recording {
  readonly monitor: Monitor;
  readonly resources: () => readonly Resource[];
  readonly providerCalls: readonly ProviderCall[];
}

type Entry = { -readonly [K in keyof Resource]: Resource[K] };

/** What the monitor and its mocks share. */
interface Notes {
  readonly home: Place;
  readonly answers: Readonly<Record<string, JsonObject>>;
  /** Makes it for real; null where everything is computed. */
  readonly create: Applier | null;
  readonly entries: Entry[];
  readonly providerCalls: ProviderCall[];
  /** Region by `<urn>::<id>`, which is how a resource names its provider. */
  readonly regions: Map<string, string>;
  /** A request is handed to the mocks before anything else runs, so one slot tells them which it was. */
  current: Entry | undefined;
}

/**
 * Plays Pulumi's engine and notes down every request in full. Pulumi's own mocks hide parents, providers, dependencies and
 * options, so the raw requests are read.
 */
export function record(
  MockMonitor: PulumiProgram["MockMonitor"],
  given: Pick<Notes, "home" | "answers" | "create">,
): Recording {
  const notes: Notes = { ...given, entries: [], providerCalls: [], regions: new Map(), current: undefined };
  const mocks: Mocks = {
    newResource: ({ inputs }) => makeResource(notes, inputs),
    call: ({ token, inputs, provider = "" }) => callProvider(notes, { token, inputs, provider }),
  };
  const monitor = new (recorder(MockMonitor, notes))(mocks);
  return { monitor, resources: () => notes.entries, providerCalls: notes.providerCalls };
}

async function makeResource(notes: Notes, raw: Readonly<Record<string, unknown>>) {
  const entry = notes.current;
  if (entry === undefined) throw refused("a resource was made without a request");
  const inputs = await plainObject(raw);
  Object.assign(entry, { inputs, secrets: secretsOf(raw) });
  if (entry.kind === "component") return { id: "", state: {} };
  const place = placeOf(notes, entry.provider ?? "", inputs);
  const id = entry.origin === "read" ? entry.id : (entry.importId ?? undefined);
  const { type, name } = entry;
  const computed = computedState({ type, name, inputs, place, ...(id === undefined ? {} : { id }) });
  const made =
    entry.kind === "custom" && id === undefined ? await applied(notes, { type, name, inputs, ...place }) : undefined;
  const state = { ...computed.state, ...made?.state };
  Object.assign(entry, { region: place.region, id: made?.id ?? computed.id, state: { ...inputs, ...state } });
  return { id: entry.id, state: { ...raw, ...state } };
}

async function applied({ create }: Notes, resource: Parameters<Applier>[0]): ReturnType<Applier> {
  try {
    return await create?.(resource);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw refused(`${resource.type} ${resource.name} could not be made: ${what}`);
  }
}

async function callProvider(
  notes: Notes,
  of: { readonly token: string; readonly inputs: Readonly<Record<string, unknown>>; readonly provider: string },
): Promise<JsonObject> {
  const { token, provider } = of;
  const inputs = await plainObject(of.inputs);
  const result = notes.answers[token] ?? providerAnswer(token, inputs, placeOf(notes, provider, inputs));
  if (result === undefined) throw refused(`the harness does not know the provider function ${token}`);
  notes.providerCalls.push({ token, inputs, result });
  if (typeof result.error === "string") throw refused(result.error);
  return result;
}

/** A resource says its region, its provider does, or it is home. */
function placeOf({ home, regions }: Notes, provider: string, { region }: JsonObject): Place {
  return {
    account: home.account,
    region: typeof region === "string" ? region : (regions.get(provider) ?? home.region),
  };
}

function recorder(MockMonitor: PulumiProgram["MockMonitor"], notes: Notes): PulumiProgram["MockMonitor"] {
  const begin = (entry: Entry) => {
    notes.entries.push(entry);
    notes.current = entry;
    return entry;
  };
  return class extends MockMonitor {
    override registerResource(request: RegisterRequest, reply: Parameters<Monitor["registerResource"]>[1]) {
      const entry = begin(created(request, notes.home.region));
      return super.registerResource(request, (error, answer) => {
        entry.urn = answer?.getUrn() ?? "";
        const { region } = entry.inputs;
        if (entry.kind === "provider" && typeof region === "string")
          notes.regions.set(`${entry.urn}::${entry.id}`, region);
        reply(error, answer);
      });
    }

    override readResource(request: ReadRequest, reply: Parameters<Monitor["readResource"]>[1]) {
      const entry = begin(existing(request, notes.home.region));
      return super.readResource(request, (error, answer) => {
        entry.urn = answer?.getUrn() ?? "";
        reply(error, answer);
      });
    }

    override registerResourceOutputs(...[request, reply]: Parameters<Monitor["registerResourceOutputs"]>) {
      const entry = notes.entries.find(({ urn }) => urn === request.getUrn());
      plainObject(request.getOutputs().toJavaScript()).then(
        (outputs) => {
          if (entry !== undefined) entry.outputs = outputs;
          super.registerResourceOutputs(request, reply);
        },
        (error: unknown) => reply(error, undefined),
      );
    }
  };
}

/** Pulumi reads what a monitor says from `details`, as gRPC has it. */
function refused(details: string): Error {
  return Object.assign(new Error(details), { details });
}

function blank(region: string) {
  return {
    ...{ urn: "", id: "", region, inputs: {}, secrets: [], state: {}, outputs: {}, dependsOn: [] },
    ...{ protect: false, ignoreChanges: [], retainOnDelete: false, deleteBeforeReplace: false, importId: null },
  };
}

function created(request: RegisterRequest, region: string): Entry {
  const type = request.getType();
  const isProvider = type.startsWith("pulumi:providers:");
  return {
    ...blank(region),
    type,
    name: request.getName(),
    kind: isProvider ? "provider" : request.getCustom() ? "custom" : "component",
    origin: "created",
    parent: request.getParent() || null,
    provider: request.getProvider() || null,
    dependsOn: [...request.getDependenciesList()],
    protect: request.getProtect(),
    ignoreChanges: [...request.getIgnorechangesList()],
    retainOnDelete: request.getRetainondelete(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    importId: request.getImportid() || null,
  };
}

function existing(request: ReadRequest, region: string): Entry {
  return {
    ...blank(region),
    type: request.getType(),
    name: request.getName(),
    kind: "custom",
    origin: "read",
    id: request.getId(),
    parent: request.getParent() || null,
    provider: request.getProvider() || null,
  };
}

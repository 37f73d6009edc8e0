import * as v from "valibot";
import type { FleetConfig } from "#config/fleet-config";
import { parseWith } from "#config/schema";
import type { ClusterRef } from "#fleet/cluster";
import { describeError, MusterbookError } from "#fleet/errors";
import { connectObserver, type ObserverPorts } from "#onboard/observer";
import type { KubeApi } from "#onboard/ports";
import type { ProofState, RefusalReason } from "#onboard/state";

type Labels = Readonly<Record<string, string>>;

// Thanos v0.42: stores by component; unknown fields are let through, since they differ from version to version.
const StoresReply = v.object({
  data: v.record(
    v.string(),
    v.nullable(
      v.array(
        v.object({
          name: v.string(),
          lastError: v.optional(v.unknown()),
          labelSets: v.optional(v.nullable(v.array(v.record(v.string(), v.string()))), []),
        }),
      ),
    ),
  ),
});
const QueryReply = v.object({
  status: v.literal("success"),
  data: v.object({ result: v.array(v.unknown()) }),
  /** What is missing from the answer, and of which store. */
  warnings: v.optional(v.array(v.string()), []),
});

class Refusal extends Error {
  readonly state: Extract<ProofState, { status: "refused" }>;

  constructor(reason: RefusalReason, message: string, remedy: string) {
    super(message);
    this.state = { status: "refused", reason, message, remedy };
  }
}

export interface ProofLook extends ObserverPorts {
  readonly ref: ClusterRef;
  readonly address: string;
  /** Every label set that the endpoint announces must hold these. */
  readonly labels: Labels;
  /** Every address on the store list. */
  readonly listed: readonly string[];
}

/**
 * Asks the central Querier, through its API server's service proxy, whether it holds the endpoint with the cluster's own
 * labels, and whether `up` of the cluster answers through it.
 */
export async function observeProof(look: ProofLook): Promise<ProofState> {
  try {
    const kube = await reachObserver(look);
    const ask = (path: string) => askQuerier(kube, look.config.observer, path);
    const sets = checkStores(await ask("/api/v1/stores"), look);
    const series = await countUp(ask, look);
    const seen = `the Querier holds ${look.address} with ${count(sets, "label set")}`;
    return { status: "proven", evidence: `${seen}; up{cluster="${look.ref.name}"} answers ${count(series, "series")}` };
  } catch (error) {
    if (error instanceof Refusal) return error.state;
    throw error;
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 || noun.endsWith("s") ? "" : "s"}`;
}

async function reachObserver(ports: ObserverPorts): Promise<KubeApi> {
  try {
    return await connectObserver(ports);
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    throw new Refusal("observer-unreachable", `the observer cannot be reached: ${describeError(error)}`, error.remedy);
  }
}

async function askQuerier(kube: KubeApi, observer: FleetConfig["observer"], path: string): Promise<unknown> {
  const { namespace, querier } = observer;
  const service = `Service ${namespace}/${querier.service}, port ${querier.port}`;
  const reply = await proxied(() => kube.proxyGet({ namespace, service: querier.service, port: querier.port, path }));
  if (reply.status === 401 || reply.status === 403) throw proxyForbidden(`the observer's API answers ${reply.status}`);
  if (reply.status !== 200) {
    throw new Refusal(
      "querier-unreachable",
      `${service} answers ${reply.status} to ${path}: ${reply.body.slice(0, 200)}`,
      "look at the Querier's pods and at the security group between the control plane and its nodes",
    );
  }
  try {
    return JSON.parse(reply.body);
  } catch (cause) {
    throw badReply(`${path} is not JSON: ${describeError(cause)}`);
  }
}

async function proxied<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    const { reason, remedy } = error;
    if (reason === "forbidden" || reason === "unauthorized") throw proxyForbidden(describeError(error));
    throw new Refusal("observer-unreachable", `the observer does not answer: ${describeError(error)}`, remedy);
  }
}

function proxyForbidden(message: string): Refusal {
  return new Refusal(
    "proxy-forbidden",
    `the service proxy is refused: ${message}`,
    "allow Musterbook's role to get services/proxy in the observer's namespace",
  );
}

function badReply(message: string): Refusal {
  return new Refusal(
    "querier-bad-reply",
    `the Querier's reply cannot be read: ${message}`,
    "check observer.querier in fleet.config.ts: service and port must be the Querier's HTTP",
  );
}

/** The number of label sets, all of them the cluster's. */
function checkStores(reply: unknown, { address, labels, listed }: ProofLook): number {
  const parsed = parseWith(StoresReply, reply);
  if (!parsed.ok) throw badReply(`stores, field ${parsed.problems[0]?.field}`);
  const stores = Object.values(parsed.value.data).flatMap((of) => of ?? []);
  const store = stores.find(({ name }) => name === address);
  if (store === undefined) throw notInStores(stores, { address, listed });
  if (failed(store.lastError)) {
    throw new Refusal(
      "store-error",
      `the Querier cannot talk to ${address}: ${errorText(store.lastError)}`,
      "look whether the leaf answers behind its load balancer, at the security group, and at the certificates on both sides",
    );
  }
  const sets = store.labelSets ?? [];
  if (sets.length === 0) {
    // So does a leaf Querier whose sidecars have just started, or are all being rescheduled: nobody is to be woken for it.
    throw new Refusal(
      "store-error",
      `${address} answers and announces no labels`,
      "look whether the cluster's Prometheus and its Thanos sidecar run",
    );
  }
  const wrong = sets.find((set) => Object.entries(labels).some(([key, value]) => set[key] !== value));
  if (wrong === undefined) return sets.length;
  throw new Refusal(
    "labels-differ",
    `${address} announces ${JSON.stringify(wrong)} instead of ${JSON.stringify(labels)}`,
    "look whether the name leads to another cluster, and at the external labels of its Prometheus",
  );
}

/**
 * Thanos shows a new endpoint only once it has answered, and no longer shows one that has been silent for five minutes:
 * an endpoint that is missing among others of the list is most likely a silent one. Where all are missing, the list may
 * not be read, or the Querier's own certificate is at fault.
 */
function notInStores(
  stores: readonly { readonly name: string }[],
  look: Pick<ProofLook, "address" | "listed">,
): Refusal {
  const names = new Set(stores.map(({ name }) => name));
  const others = look.listed.filter((address) => address !== look.address);
  const held = others.filter((address) => names.has(address)).length;
  const message = `the Querier does not hold ${look.address}; it holds ${held} of the list's ${others.length} others`;
  const steps = ["wait for the Querier's reload"];
  if (held === 0) steps.push("look whether its --endpoint.sd-config-file is the list that Musterbook writes");
  steps.push(SILENT);
  return new Refusal("not-in-stores", message, steps.join("; then "));
}

const SILENT =
  'look for "update of endpoint failed" in its log, and at the load balancer\'s targets, its security group and the certificates on both sides';

/** Thanos writes null for no error; older versions an empty object or text. */
function failed(lastError: unknown): boolean {
  if (lastError === null || lastError === undefined || lastError === "") return false;
  return typeof lastError !== "object" || Object.keys(lastError).length > 0;
}

function errorText(lastError: unknown): string {
  return typeof lastError === "string" ? lastError : JSON.stringify(lastError);
}

async function countUp(ask: (path: string) => Promise<unknown>, { ref, address }: ProofLook): Promise<number> {
  // PromQL's string escapes are Go's, which hold JSON's.
  const query = `up{cluster=${JSON.stringify(ref.name)}}`;
  const reply = await ask(`/api/v1/query?query=${encodeURIComponent(query)}`).catch((error: unknown) => {
    throw error instanceof Refusal && error.state.reason === "observer-unreachable"
      ? unanswered(query, address, "it waits for it")
      : error;
  });
  const parsed = parseWith(QueryReply, reply);
  if (!parsed.ok) throw badReply(`query, field ${parsed.problems[0]?.field}`);
  const { warnings, data } = parsed.value;
  if (data.result.length > 0) return data.result.length;
  const warning = warnings.find((text) => text.includes(address));
  if (warning !== undefined) throw unanswered(query, address, warning);
  throw new Refusal(
    "no-up-series",
    `${query} answers nothing`,
    "look at the targets of the cluster's Prometheus; a new one needs a scrape interval or two",
  );
}

/**
 * The Querier has told of its stores a moment ago: what it waits for now is this one, without end unless it was given
 * `--store.response-timeout`, and then it says so in a warning.
 */
function unanswered(query: string, address: string, because: string): Refusal {
  return new Refusal(
    "store-error",
    `the Querier holds ${address} and finds no answer to ${query}: ${because}`,
    "look whether the cluster's Prometheus answers; give the Querier --store.response-timeout, so that it answers without it",
  );
}

import type { ServiceAnswer } from "#local/kubernetes/embedded-cluster";

/** What a leaf's StoreAPI would tell the Querier in its Info. */
export interface LeafInfo {
  /** One per Prometheus replica. */
  readonly labelSets: readonly Readonly<Record<string, string>>[];
}

export interface QuerierInput {
  /** Addresses of the list that the Querier reads, e.g. from its mounted ConfigMap. */
  readonly addresses: () => readonly string[] | Promise<readonly string[]>;
  /** The leaf behind an address; undefined when nothing answers there. */
  readonly leaf: (address: string) => LeafInfo | undefined | Promise<LeafInfo | undefined>;
  readonly now: () => Date;
}

/** Thanos's `--store.unhealthy-timeout`. */
const UNHEALTHY_MS = 5 * 60_000;
/** Of `--query.replica-label`: series that differ in it alone are one. */
const REPLICA_LABEL = "prometheus_replica";

/**
 * A stand-in for the HTTP API of a Thanos Querier, as far as the proof asks it: `/api/v1/stores` and the instant query
 * `up{cluster="..."}`. It does not evaluate PromQL; anything else is a 422. It looks at its endpoints when it is asked
 * and not every 5 s, and is otherwise as Thanos 0.42 is (test/real/scenarios): an endpoint that has never answered is
 * not shown, one that has fallen silent stays for five minutes, with its labels and an error, and is not queried.
 */
export function localQuerier({ addresses, leaf, now }: QuerierInput): (path: string) => Promise<ServiceAnswer> {
  let held: ReadonlyMap<string, Endpoint> = new Map();
  const look = async (): Promise<readonly Endpoint[]> => {
    const at = now();
    const listed = await addresses();
    const looks = await Promise.all(listed.map(async (address) => check(address, await leaf(address), at)));
    held = new Map(looks.filter((endpoint) => endpoint !== undefined).map((endpoint) => [endpoint.address, endpoint]));
    return [...held.values()];
  };
  const check = (address: string, info: LeafInfo | undefined, at: Date): Endpoint | undefined => {
    if (info !== undefined) return { address, info, lastCheck: at, answers: true };
    const before = held.get(address);
    const isGivenUp = before === undefined || at.getTime() - before.lastCheck.getTime() >= UNHEALTHY_MS;
    return isGivenUp ? undefined : { ...before, answers: false };
  };
  return async (path) => {
    const url = new URL(path, "http://querier");
    if (url.pathname === "/api/v1/stores") return success(storesOf(await look()));
    if (url.pathname !== "/api/v1/query") return failure(404, "not_found", url.pathname);
    const cluster = /^up\{cluster="((?:[^"\\]|\\.)*)"\}$/.exec(url.searchParams.get("query") ?? "")?.[1];
    if (cluster === undefined) return failure(422, "execution", "only up{cluster=...} is known here");
    return success(upOf(await look(), cluster, now()));
  };
}

interface Endpoint {
  readonly address: string;
  /** As it last answered. */
  readonly info: LeafInfo;
  readonly lastCheck: Date;
  readonly answers: boolean;
}

function success(data: unknown): ServiceAnswer {
  return { status: 200, body: JSON.stringify({ status: "success", data }) };
}

function failure(status: number, errorType: string, error: string): ServiceAnswer {
  return { status, body: JSON.stringify({ status: "error", errorType, error }) };
}

function storesOf(endpoints: readonly Endpoint[]): object {
  const query = endpoints.map(({ address, info, lastCheck, answers }) => ({
    name: address,
    lastCheck: lastCheck.toISOString(),
    lastError: answers ? null : "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
    labelSets: info.labelSets,
    minTime: 0,
    maxTime: Number.MAX_SAFE_INTEGER,
  }));
  return query.length === 0 ? {} : { query };
}

function upOf(endpoints: readonly Endpoint[], cluster: string, now: Date): object {
  const sets = endpoints
    .flatMap(({ info, answers }) => (answers ? info.labelSets : []))
    .filter((labels) => labels.cluster === cluster)
    .map(({ [REPLICA_LABEL]: _, ...labels }) => labels);
  const distinct = new Map(sets.map((labels) => [JSON.stringify(Object.entries(labels).sort()), labels]));
  const result = [...distinct.values()].map((labels) => ({
    metric: { __name__: "up", job: "prometheus", ...labels },
    value: [now.getTime() / 1000, "1"],
  }));
  return { resultType: "vector", result };
}

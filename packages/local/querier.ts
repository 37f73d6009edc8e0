import type { ServiceAnswer } from "#local/kubernetes/cluster";

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

/**
 * A stand-in for the HTTP API of a Thanos Querier, as far as the proof asks it: `/api/v1/stores` and the instant query
 * `up{cluster="..."}` (thanos pkg/api/query/v1.go, shapes only). It does not evaluate PromQL; anything else is a 422.
 */
export function localQuerier({ addresses, leaf, now }: QuerierInput): (path: string) => Promise<ServiceAnswer> {
  const look = async (): Promise<readonly Endpoint[]> =>
    Promise.all((await addresses()).map(async (address) => ({ address, info: await leaf(address) })));
  return async (path) => {
    const url = new URL(path, "http://querier");
    if (url.pathname === "/api/v1/stores") return success(storesOf(await look(), now()));
    if (url.pathname !== "/api/v1/query") return failure(404, "not_found", url.pathname);
    const cluster = /^up\{cluster="((?:[^"\\]|\\.)*)"\}$/.exec(url.searchParams.get("query") ?? "")?.[1];
    if (cluster === undefined) return failure(422, "execution", "only up{cluster=...} is known here");
    return success(upOf(await look(), cluster, now()));
  };
}

interface Endpoint {
  readonly address: string;
  readonly info: LeafInfo | undefined;
}

function success(data: unknown): ServiceAnswer {
  return { status: 200, body: JSON.stringify({ status: "success", data }) };
}

function failure(status: number, errorType: string, error: string): ServiceAnswer {
  return { status, body: JSON.stringify({ status: "error", errorType, error }) };
}

function storesOf(endpoints: readonly Endpoint[], now: Date): object {
  const query = endpoints.map(({ address, info }) => ({
    name: address,
    lastCheck: now.toISOString(),
    lastError: info === undefined ? `rpc error: code = Unavailable desc = connection to ${address} failed` : null,
    labelSets: info?.labelSets ?? [],
    minTime: 0,
    maxTime: Number.MAX_SAFE_INTEGER,
  }));
  return query.length === 0 ? {} : { query };
}

function upOf(endpoints: readonly Endpoint[], cluster: string, now: Date): object {
  const sets = endpoints.flatMap(({ info }) => info?.labelSets ?? []).filter((labels) => labels.cluster === cluster);
  const result = sets.map((labels) => ({
    metric: { __name__: "up", job: "prometheus", ...labels },
    value: [now.getTime() / 1000, "1"],
  }));
  return { resultType: "vector", result };
}

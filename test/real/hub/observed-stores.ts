import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import type { Querier } from "#test/real/servers/querier";

const Stores = v.object({
  data: v.record(
    v.string(),
    v.array(
      v.object({
        name: v.string(),
        lastError: v.nullable(v.string()),
        labelSets: v.array(v.record(v.string(), v.string())),
      }),
    ),
  ),
});
const Series = v.object({
  status: v.literal("success"),
  data: v.object({ result: v.array(v.object({ metric: v.record(v.string(), v.string()) })) }),
});

export interface SeenStore {
  readonly name: string;
  readonly kind: string;
  readonly error: string | null;
  readonly labelSets: readonly Readonly<Record<string, string>>[];
}

/** What a Querier says in `/api/v1/stores`, by name. */
export async function storesOf({ url }: Pick<Querier, "url">): Promise<readonly SeenStore[]> {
  const { data } = v.parse(Stores, await ask(`${url}/api/v1/stores`));
  return Object.entries(data)
    .flatMap(([kind, stores]) =>
      stores.map(({ name, lastError: error, labelSets }) => ({ name, kind, error, labelSets })),
    )
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Labels of the series that a query gives now. */
export async function seriesOf({ url }: Pick<Querier, "url">, query: string) {
  const { data } = v.parse(Series, await ask(`${url}/api/v1/query?query=${encodeURIComponent(query)}`));
  return data.result.map(({ metric }) => metric);
}

async function ask(url: string): Promise<unknown> {
  return await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json();
}

/** One look at what a Querier tells of a cluster. */
export interface Sample {
  readonly stores: readonly string[];
  readonly up: number;
}

const EVERY_MS = 1_000;

export interface QuerierWatch {
  /** What was seen so far. */
  readonly samples: readonly Sample[];
  end(): Promise<void>;
}

/** Looks every second at the stores that answer and at `up` of one cluster. */
export function watchQuerier(querier: Pick<Querier, "url">, cluster: string): QuerierWatch {
  const ending = new AbortController();
  const samples: Sample[] = [];
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const stores = await storesOf(querier);
      const up = await seriesOf(querier, `up{cluster=${JSON.stringify(cluster)}}`);
      samples.push({ stores: stores.filter(({ error }) => error === null).map(({ name }) => name), up: up.length });
      await sleep(EVERY_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  })();
  return {
    samples,
    end: async () => {
      ending.abort();
      await watching;
    },
  };
}

import { describe, expect, it } from "vitest";
import { localQuerier } from "#local/querier";

const NOW = new Date("2026-11-21T10:00:00.000Z");
const ADDRESS = "thanos.shop-1.obs.example.com:10901";
const OTHER = "thanos.bank-1.obs.example.com:10901";
const LABELS = [
  { cluster: "shop-1", prometheus_replica: "0" },
  { cluster: "shop-1", prometheus_replica: "1" },
];
const MINUTE = 60_000;

/** A Querier whose world can be changed under it. */
function createQuerier(listed: readonly string[] = [ADDRESS, OTHER]) {
  const world = { listed, answering: [ADDRESS], now: NOW };
  const querier = localQuerier({
    addresses: () => world.listed,
    leaf: (address) => (world.answering.includes(address) ? { labelSets: LABELS } : undefined),
    now: () => world.now,
  });
  const ask = async (path: string) => {
    const { status, body } = await querier(path);
    return { status, answer: JSON.parse(body) };
  };
  const stores = async (): Promise<object[]> => (await ask("/api/v1/stores")).answer.data.query ?? [];
  const pass = (minutes: number) => {
    world.now = new Date(world.now.getTime() + minutes * MINUTE);
  };
  return { world, ask, stores, pass };
}

function query(expression: string): string {
  return `/api/v1/query?query=${encodeURIComponent(expression)}`;
}

describe("localQuerier", () => {
  it("shows an endpoint that answers, and none that never did", async () => {
    expect(await createQuerier().stores()).toEqual([
      expect.objectContaining({ name: ADDRESS, lastError: null, labelSets: LABELS, lastCheck: NOW.toISOString() }),
    ]);
  });

  it("keeps one that has fallen silent for five minutes, with its labels and an error", async () => {
    const { world, ask, stores, pass } = createQuerier();
    await stores();
    world.answering = [];
    pass(4);
    expect(await stores()).toEqual([
      expect.objectContaining({
        name: ADDRESS,
        lastError: expect.stringContaining("DeadlineExceeded"),
        labelSets: LABELS,
        lastCheck: NOW.toISOString(),
      }),
    ]);
    expect((await ask(query('up{cluster="shop-1"}'))).answer.data.result).toEqual([]);
    pass(1);
    expect(await stores()).toEqual([]);
  });

  it("shows none any more that has left the list", async () => {
    const { world, stores } = createQuerier();
    await stores();
    world.listed = [OTHER];
    expect(await stores()).toEqual([]);
  });

  it("leaves the kind out where no store is known, as Thanos does", async () => {
    expect((await createQuerier([]).ask("/api/v1/stores")).answer).toEqual({ status: "success", data: {} });
  });

  it("answers up of a cluster with one series for all of its replicas", async () => {
    const { answer } = await createQuerier().ask(query('up{cluster="shop-1"}'));

    expect(answer.data.resultType).toBe("vector");
    expect(answer.data.result).toEqual([
      { metric: { __name__: "up", job: "prometheus", cluster: "shop-1" }, value: [1_795_255_200, "1"] },
    ]);
  });

  it("answers with nothing for a cluster that no store holds", async () => {
    expect((await createQuerier().ask(query('up{cluster="gone"}'))).answer.data.result).toEqual([]);
  });

  it.each([
    ["another query", query("sum(up)"), 422],
    ["no query", "/api/v1/query", 422],
    ["another path", "/api/v1/labels", 404],
  ])("refuses %s as Prometheus' API words it", async (_, path, status) => {
    expect(await createQuerier().ask(path)).toMatchObject({ status, answer: { status: "error" } });
  });
});

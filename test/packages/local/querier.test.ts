import { describe, expect, it } from "vitest";
import { localQuerier } from "#local/querier";

const NOW = new Date("2026-11-21T10:00:00.000Z");
const UP = "thanos.shop-1.obs.example.com:10901";
const DOWN = "thanos.gone.obs.example.com:10901";
const LABELS = [
  { cluster: "shop-1", prometheus_replica: "0" },
  { cluster: "shop-1", prometheus_replica: "1" },
];

async function ask(path: string, addresses: readonly string[] = [UP, DOWN]) {
  const querier = localQuerier({
    addresses: () => addresses,
    leaf: (address) => (address === UP ? { labelSets: LABELS } : undefined),
    now: () => NOW,
  });
  const { status, body } = await querier(path);
  return { status, answer: JSON.parse(body) };
}

function query(expression: string): string {
  return `/api/v1/query?query=${encodeURIComponent(expression)}`;
}

describe("localQuerier", () => {
  it("shows every address of the list as a store, with labels or with why it does not answer", async () => {
    const { status, answer } = await ask("/api/v1/stores");

    expect(status).toBe(200);
    expect(answer.data.query).toEqual([
      expect.objectContaining({ name: UP, lastError: null, labelSets: LABELS, lastCheck: NOW.toISOString() }),
      expect.objectContaining({ name: DOWN, lastError: expect.stringContaining("Unavailable"), labelSets: [] }),
    ]);
  });

  it("leaves the kind out where no store is known, as Thanos does", async () => {
    expect((await ask("/api/v1/stores", [])).answer).toEqual({ status: "success", data: {} });
  });

  it("answers up of a cluster with one series per replica", async () => {
    const { answer } = await ask(query('up{cluster="shop-1"}'));

    expect(answer.data.resultType).toBe("vector");
    expect(answer.data.result).toEqual(
      LABELS.map((labels) => ({
        metric: { __name__: "up", job: "prometheus", ...labels },
        value: [1_795_255_200, "1"],
      })),
    );
  });

  it("answers with nothing for a cluster that no store holds", async () => {
    expect((await ask(query('up{cluster="gone"}'))).answer.data.result).toEqual([]);
  });

  it.each([
    ["another query", query("sum(up)"), 422],
    ["no query", "/api/v1/query", 422],
    ["another path", "/api/v1/labels", 404],
  ])("refuses %s as Prometheus' API words it", async (_, path, status) => {
    expect(await ask(path)).toMatchObject({ status, answer: { status: "error" } });
  });
});

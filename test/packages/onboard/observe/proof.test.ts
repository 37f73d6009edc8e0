import { describe, expect, it } from "vitest";
import { type MusterbookError, RetryableError, TerminalError } from "#fleet/errors";
import { observeProof } from "#onboard/observe/proof";
import type { KubeApi, ProxyRequest } from "#onboard/ports";
import { createWorld, DEV, fleetConfig } from "#test/packages/onboard/world";

const ADDRESS = "thanos.dev-7.obs.example.com:10901";
const LABELS = { cluster: "dev-7", stage: "dev" };

interface Reply {
  readonly status: number;
  readonly body: string;
}

const ok = (body: unknown): Reply => ({ status: 200, body: JSON.stringify(body) });
const stores = (store: object) =>
  ok({ status: "success", data: { query: [{ name: ADDRESS, lastError: null, ...store }], rule: null } });
const up = (...result: readonly unknown[]) => ok({ status: "success", data: { resultType: "vector", result } });
const HOLDS = stores({
  labelSets: [
    { ...LABELS, prometheus_replica: "0" },
    { ...LABELS, prometheus_replica: "1" },
  ],
});
const UP = up({ metric: {}, value: [0, "1"] });

/** The proof against a Querier that answers the two questions like this. */
async function proofOf(
  storesReply: Reply | MusterbookError,
  upReply: Reply | MusterbookError = UP,
  listed: readonly string[] = [ADDRESS],
) {
  const world = createWorld();
  const asked: ProxyRequest[] = [];
  const proxyGet: KubeApi["proxyGet"] = async (request) => {
    asked.push(request);
    const reply = request.path.startsWith("/api/v1/stores") ? storesReply : upReply;
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const kube = { ...world.kubeOf(DEV), proxyGet };
  const connector = { connect: async () => ({ kube, helm: world.helmOf(DEV) }) };
  const { clusters } = world;
  const proof = await observeProof({
    clusters,
    connector,
    config: fleetConfig(),
    ref: DEV,
    address: ADDRESS,
    labels: LABELS,
    listed,
  });
  return { proof, asked };
}

describe("observeProof", () => {
  it("is proven when the Querier holds the endpoint with the cluster's labels and up answers", async () => {
    const { proof, asked } = await proofOf(HOLDS);
    expect(proof).toEqual({
      status: "proven",
      evidence: `the Querier holds ${ADDRESS} with 2 label sets; up{cluster="dev-7"} answers 1 series`,
    });
    expect(asked).toEqual([
      { namespace: "monitoring", service: "thanos-query", port: 9090, path: "/api/v1/stores" },
      {
        namespace: "monitoring",
        service: "thanos-query",
        port: 9090,
        path: "/api/v1/query?query=up%7Bcluster%3D%22dev-7%22%7D",
      },
    ]);
  });

  it.each([{}, "", null, undefined])("takes %j for no error of the store", async (lastError) => {
    const { proof } = await proofOf(stores({ lastError, labelSets: [LABELS] }));
    expect(proof.status).toBe("proven");
  });

  it.each([
    ["a service without endpoints", { status: 503, body: "no endpoints available" }, "querier-unreachable"],
    ["a proxy that answers 403", { status: 403, body: "" }, "proxy-forbidden"],
    ["something that is no JSON", { status: 200, body: "<html>" }, "querier-bad-reply"],
    ["something that is no store list", ok({ data: { query: [{ url: "x" }] } }), "querier-bad-reply"],
    ["an empty list", ok({ status: "success", data: {} }), "not-in-stores"],
    ["another address", stores({ name: "other:10901" }), "not-in-stores"],
    ["an error of the store", stores({ lastError: "connection refused" }), "store-error"],
    ["an error object of the store", stores({ lastError: { code: 14 } }), "store-error"],
    ["no labels, as a leaf Querier that has no sidecar yet", stores({ labelSets: [] }), "store-error"],
    ["null for labels", stores({ labelSets: null }), "store-error"],
    [
      "another cluster's labels among its own",
      stores({ labelSets: [LABELS, { ...LABELS, cluster: "prod-a" }] }),
      "labels-differ",
    ],
    ["a label less", stores({ labelSets: [{ cluster: "dev-7" }] }), "labels-differ"],
  ])("is refused by %s", async (_, reply, reason) => {
    expect((await proofOf(reply)).proof).toMatchObject({ status: "refused", reason });
  });

  it.each([
    ["forbidden", new TerminalError("no", { reason: "forbidden", remedy: "allow" }), "proxy-forbidden"],
    ["unreachable", new RetryableError("no", { reason: "unreachable", remedy: "wait" }), "observer-unreachable"],
  ])("is refused by an observer that is %s", async (_, error, reason) => {
    expect((await proofOf(error)).proof).toMatchObject({ status: "refused", reason });
  });

  it.each([
    ["no series", up(), "no-up-series"],
    ["an error", ok({ status: "error", errorType: "execution" }), "querier-bad-reply"],
  ])("is refused when up answers %s", async (_, reply, reason) => {
    expect((await proofOf(HOLDS, reply)).proof).toMatchObject({ status: "refused", reason });
  });

  it("does not take an endpoint that keeps up waiting for an observer that is out of reach", async () => {
    const { proof } = await proofOf(HOLDS, new RetryableError("no", { reason: "unreachable", remedy: "wait" }));
    expect(proof).toMatchObject({
      reason: "store-error",
      message: `the Querier holds ${ADDRESS} and finds no answer to up{cluster="dev-7"}: it waits for it`,
    });
  });

  it.each([
    ["of the endpoint", `failed to receive any data in 30s from Addr: ${ADDRESS} MinTime: 0`, "store-error"],
    ["of another", "failed to receive any data in 30s from Addr: other:10901 MinTime: 0", "no-up-series"],
  ])("heeds a warning %s where up answers no series", async (_, warning, reason) => {
    const { proof } = await proofOf(HOLDS, ok({ status: "success", data: { result: [] }, warnings: [warning] }));
    expect(proof).toMatchObject({ reason });
    expect(
      (await proofOf(HOLDS, ok({ status: "success", data: { result: [{}] }, warnings: [warning] }))).proof.status,
    ).toBe("proven");
  });

  describe("for an endpoint that the Querier does not hold", () => {
    const others = ["other:10901", "third:10901"];
    const missing = stores({ name: "other:10901" });

    it("says that it is silent, where the Querier reads the list", async () => {
      const { proof } = await proofOf(missing, UP, [ADDRESS, ...others]);
      expect(proof).toMatchObject({
        message: `the Querier does not hold ${ADDRESS}; it holds 1 of the list's 2 others`,
        remedy: expect.stringMatching(/reload.*update of endpoint failed.*certificates/),
      });
      expect(proof).not.toMatchObject({ remedy: expect.stringContaining("sd-config-file") });
    });

    it.each([
      ["where it holds none of the list", [ADDRESS, "third:10901"]],
      ["where there is no other to tell by", [ADDRESS]],
    ])("says that it may read another list, or reach no leaf, %s", async (_, listed) => {
      const { proof } = await proofOf(missing, UP, listed);
      expect(proof).toMatchObject({ remedy: expect.stringMatching(/sd-config-file.*certificates/) });
    });
  });

  it("is refused when EKS does not know the observer", async () => {
    const { clusters, ...ports } = createWorld().ports();
    const describeNone = { ...clusters, describe: async () => undefined };
    const look = { ref: DEV, address: ADDRESS, labels: LABELS, listed: [ADDRESS] };
    const proof = await observeProof({ ...ports, clusters: describeNone, ...look });
    expect(proof).toMatchObject({ status: "refused", reason: "observer-unreachable" });
  });
});

import { describe, expect, it } from "vitest";
import { addressesOf, endpointsConfigMap, isPlaceholder } from "#stores/configmap";
import { renderEndpoints } from "#stores/endpoints-yaml";

describe("endpointsConfigMap", () => {
  it("holds the rendered list under one key", () => {
    const observer = {
      cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer",
      namespace: "monitoring",
      querier: { service: "thanos-query", port: 9090 },
      endpointsConfigMap: "musterbook-endpoints",
    };
    const state = { schemaVersion: 1, entries: [], history: [], yaml: "endpoints: []\n", updatedAt: "" } as const;
    expect(endpointsConfigMap(observer, state)).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "musterbook-endpoints",
        namespace: "monitoring",
        labels: { "app.kubernetes.io/managed-by": "musterbook" },
      },
      data: { "endpoints.yaml": "endpoints: []\n" },
    });
  });
});

const holding = (text: string) => ({ data: { "endpoints.yaml": text } });

describe("addressesOf", () => {
  it("reads back what endpointsConfigMap holds", () => {
    const tls = { caFile: "/ca", certFile: "/crt", keyFile: "/key" };
    const yaml = renderEndpoints([{ address: "a.example.com:10901" }, { address: "b.example.com:10901" }], tls);
    expect(addressesOf(holding(yaml))).toEqual(["a.example.com:10901", "b.example.com:10901"]);
  });

  it.each([
    undefined,
    {},
    { data: { other: "x" } },
    ...["", "{}", "[]\n", "endpoints:\n", "endpoints: []\n"].map(holding),
  ])("finds no list yet in %j", (found) => {
    expect(addressesOf(found)).toEqual([]);
  });

  it("refuses a list that somebody else wrote", () => {
    const theirs = holding("endpoints:\n- address: dns+thanos.example.com:10901\n");
    expect(() => addressesOf(theirs)).toThrow(
      expect.objectContaining({
        reason: "endpoints-unreadable",
        remedy: expect.stringContaining("endpointsConfigMap"),
      }),
    );
  });
});

describe("isPlaceholder", () => {
  it.each(["", "{}", "endpoints: []\n"])("takes %j for one", (text) => {
    expect(isPlaceholder(holding(text))).toBe(true);
  });

  it.each(["endpoints:\n- address: dns+thanos.example.com:10901\n", "stores: []", "{"])(
    "does not take %j for one",
    (text) => {
      expect(isPlaceholder(holding(text))).toBe(false);
    },
  );
});

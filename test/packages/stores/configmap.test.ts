import { describe, expect, it } from "vitest";
import { endpointsConfigMap } from "#stores/configmap";

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

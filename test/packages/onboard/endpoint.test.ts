import { describe, expect, it } from "vitest";
import { clusterRef } from "#fleet/cluster";
import { endpointOf } from "#onboard/endpoint";

describe("endpointOf", () => {
  it.each([
    ["dev-7", "thanos.dev-7.obs.example.com"],
    ["Dev_7", "thanos.dev-7.obs.example.com"],
    ["ends-", "thanos.ends.obs.example.com"],
    ["x".repeat(100), `thanos.${"x".repeat(63)}.obs.example.com`],
  ])("makes a DNS name of %s", (name, host) => {
    const ref = clusterRef({ account: "111122223333", region: "eu-west-1", name });
    expect(endpointOf(ref, { zone: "obs.example.com" })).toEqual({ host, address: `${host}:10901` });
  });
});

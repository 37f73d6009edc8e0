import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { isHostPort, parseEndpoints, renderEndpoints } from "#stores/endpoints-yaml";

const TLS = { caFile: "/tls/ca.crt", certFile: "/tls/tls.crt", keyFile: "/tls/tls.key" };

function entries(...addresses: readonly string[]) {
  return addresses.map((address) => ({ address }));
}

describe("renderEndpoints", () => {
  it("writes the form that Thanos reads, sorted, with TLS under each endpoint", () => {
    expect(renderEndpoints(entries("b.example.com:10901", "a.example.com:10901"), TLS)).toBe(
      [
        "endpoints:",
        ...["a", "b"].flatMap((name) => [
          `  - address: ${name}.example.com:10901`,
          "    client_config:",
          "      tls_config:",
          "        ca_file: /tls/ca.crt",
          "        cert_file: /tls/tls.crt",
          "        key_file: /tls/tls.key",
        ]),
        "",
      ].join("\n"),
    );
  });

  it("writes an empty list as one", () => {
    expect(renderEndpoints([], TLS)).toBe("endpoints: []\n");
  });

  it("escapes what YAML would read otherwise", () => {
    const caFile = "/a: b #c\n'\"";
    expect(parse(renderEndpoints(entries("a:1"), { ...TLS, caFile }))).toMatchObject({
      endpoints: [{ client_config: { tls_config: { ca_file: caFile } } }],
    });
  });

  it("gives the same bytes for the same addresses in any order, and reads back", () => {
    const addresses = fc.uniqueArray(
      fc.tuple(fc.domain(), fc.integer({ min: 1, max: 65_535 })).map(([host, port]) => `${host}:${port}`),
    );
    fc.assert(
      fc.property(addresses, (list) => {
        const yaml = renderEndpoints(entries(...list), TLS);
        expect(renderEndpoints(entries(...list.toReversed(), ...list), TLS)).toBe(yaml);
        const read = parseEndpoints(yaml);
        expect(read.ok && read.value.map(({ address }) => address)).toEqual(list.toSorted());
      }),
      { numRuns: 100, seed: 20261121 },
    );
  });
});

describe("parseEndpoints", () => {
  const entry =
    "{address: 'a.example.com:10901', client_config: {tls_config: {ca_file: c, cert_file: d, key_file: e}}}";

  it.each([
    ["an empty file", "", "(root)"],
    ["a misspelt key", "endpoint: []", "endpoint"],
    ["a default client config", "endpoints: []\ndefault_client_config: {}", "default_client_config"],
    ["text that is not YAML", "endpoints: [", "(root)"],
    [
      "an endpoint without TLS",
      "endpoints: [{address: 'a:1', client_config: {}}]",
      "endpoints.0.client_config.tls_config",
    ],
    ["an address twice", `endpoints: [${entry}, ${entry}]`, "endpoints"],
    ["a dns+ address", `endpoints: [${entry.replace("a.", "dns+a.")}]`, "endpoints.0.address"],
    ["a dnssrv+ address", `endpoints: [${entry.replace("a.", "dnssrv+a.")}]`, "endpoints.0.address"],
    ["an address without port", `endpoints: [${entry.replace(":10901", "")}]`, "endpoints.0.address"],
  ])("refuses %s", (_, yaml, field) => {
    const parsed = parseEndpoints(yaml);
    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.field)).toContain(field);
  });

  it("takes an empty list that is written as one", () => {
    expect(parseEndpoints("endpoints: []")).toEqual({ ok: true, value: [] });
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(typeof parseEndpoints(text).ok).toBe("boolean");
      }),
      { seed: 20261121 },
    );
  });
});

describe("isHostPort", () => {
  it.each(["a:1", "10.0.0.1:10901", "thanos.prod-a.example.com:65535"])("takes %s", (address) => {
    expect(isHostPort(address)).toBe(true);
  });

  it.each(["", ":1", "a", "a:0", "a:65536", "dns+a:1", "https://a:1", "a b:1", "-a:1", `${"a".repeat(300)}:1`])(
    "refuses %j",
    (address) => {
      expect(isHostPort(address)).toBe(false);
    },
  );
});

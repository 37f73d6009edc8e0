import * as v from "valibot";
import { parse, stringify } from "yaml";
import type { FleetConfig } from "#config/fleet-config";
import { type Parsed, parseWith } from "#config/schema";
import { describeError } from "#fleet/errors";
import type { StoreEntry } from "#stores/store-list";

/** A DNS name or an IPv4 address with a port; a scheme such as `dns+` has a character that neither may have. */
const HOST_PORT = /^(?=.{1,259}$)[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?:(?<port>\d{1,5})$/i;

/**
 * `host:port`, and nothing else: a `dns+` or `dnssrv+` address is never dialled with the TLS of its entry.
 */
const Address = v.pipe(
  v.string("write an address such as thanos.prod-a.obs.internal.example.com:10901"),
  v.check(
    (text) => !/^dns(?:srv|srvnoa)?\+/.test(text),
    "write plain host:port: Thanos never uses an entry's own TLS for dns+ and dnssrv+ addresses",
  ),
  v.check(isHostPort, "write host:port, e.g. thanos.prod-a.obs.internal.example.com:10901"),
);

const Path = v.pipe(v.string(), v.nonEmpty("write the path of a file on the Querier"));

/** What Musterbook writes, and so all that it reads back: anything else in the file is somebody else's hand. */
const EndpointsFile = v.strictObject({
  endpoints: v.pipe(
    v.array(
      v.strictObject({
        address: Address,
        client_config: v.strictObject({
          tls_config: v.strictObject({ ca_file: Path, cert_file: Path, key_file: Path }),
        }),
      }),
    ),
    v.check(
      (endpoints) => new Set(endpoints.map(({ address }) => address)).size === endpoints.length,
      "name each address once: of two entries Thanos takes the last",
    ),
  ),
});
type EndpointsFile = v.InferOutput<typeof EndpointsFile>;

/** Whether Thanos dials this address as it stands, with the TLS of its entry. */
export function isHostPort(text: string): boolean {
  const port = Number(HOST_PORT.exec(text)?.groups?.port ?? 0);
  return port >= 1 && port <= 65_535;
}

/**
 * `endpoints.yaml` of Thanos's `--endpoint.sd-config`: sorted by address, each once, so that the same entries give the
 * same bytes. TLS stands under every endpoint and never in `default_client_config`, which would also be used for the
 * plaintext endpoints inside the observer.
 */
export function renderEndpoints(
  entries: readonly Pick<StoreEntry, "address">[],
  tls: FleetConfig["storesTls"],
): string {
  const addresses = [...new Set(entries.map(({ address }) => address))].sort();
  const endpoints = addresses.map((address) => ({
    address,
    client_config: { tls_config: { ca_file: tls.caFile, cert_file: tls.certFile, key_file: tls.keyFile } },
  }));
  return stringify({ endpoints }, { lineWidth: 0, aliasDuplicateObjects: false });
}

/**
 * Reads `endpoints.yaml` more strictly than Thanos does, to whom a misspelt key or an empty file means zero endpoints.
 * Never throws.
 */
export function parseEndpoints(text: string): Parsed<EndpointsFile["endpoints"]> {
  const document = parseYaml(text);
  if (!document.ok) return document;
  const parsed = parseWith(EndpointsFile, document.value);
  return parsed.ok ? { ok: true, value: parsed.value.endpoints } : parsed;
}

function parseYaml(text: string): Parsed<unknown> {
  try {
    return { ok: true, value: parse(text, { logLevel: "error" }) };
  } catch (error) {
    return {
      ok: false,
      problems: [{ field: "(root)", value: text.slice(0, 200), remedy: `write YAML: ${describeError(error)}` }],
    };
  }
}

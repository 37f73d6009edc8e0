import * as v from "valibot";
import type { FleetConfig } from "#config/fleet-config";
import { TerminalError } from "#fleet/errors";
import { parseEndpoints } from "#stores/endpoints-yaml";
import type { StoreListState } from "#stores/store-list";

const KEY = "endpoints.yaml";
/** What people put there so that the Querier starts before there is a list; `endpoints: []` is a list. */
const PLACEHOLDER = /^\s*(?:\{\s*\}|\[\s*\]|endpoints:)?\s*$/;

/**
 * The ConfigMap that the observer's Querier reads, for a server-side apply of its one key. It must exist before the
 * Querier starts, which exits without it.
 */
export function endpointsConfigMap(observer: FleetConfig["observer"], state: StoreListState) {
  const { apiVersion, kind, name, namespace } = endpointsRef(observer);
  const labels = { "app.kubernetes.io/managed-by": "musterbook" };
  return { apiVersion, kind, metadata: { name, namespace, labels }, data: { [KEY]: state.yaml } };
}

export function endpointsRef({ namespace, endpointsConfigMap: name }: FleetConfig["observer"]) {
  return { apiVersion: "v1", kind: "ConfigMap", namespace, name };
}

const Data = v.object({ data: v.object({ [KEY]: v.string() }) });

/** Whether an object has the place of the list and no endpoint in it. */
export function isPlaceholder(found: unknown): boolean {
  const text = textOf(found);
  if (PLACEHOLDER.test(text)) return true;
  const endpoints = parseEndpoints(text);
  return endpoints.ok && endpoints.value.length === 0;
}

function textOf(found: unknown): string {
  const parsed = v.safeParse(Data, found);
  return parsed.success ? parsed.output.data[KEY] : "";
}

/**
 * The addresses that the observer's ConfigMap holds; none where there is no ConfigMap or no list in it yet.
 * TerminalError `endpoints-unreadable` for a list that is not of our making: it would be overwritten unread.
 */
export function addressesOf(found: unknown): readonly string[] {
  const text = textOf(found);
  if (PLACEHOLDER.test(text)) return [];
  const endpoints = parseEndpoints(text);
  if (endpoints.ok) return endpoints.value.map(({ address }) => address);
  const [problem] = endpoints.problems;
  throw new TerminalError(
    `the endpoints on the observer cannot be taken over: ${problem?.field ?? KEY}: ${problem?.remedy ?? ""}`,
    {
      reason: "endpoints-unreadable",
      field: problem?.field ?? KEY,
      value: problem?.value,
      remedy:
        "Let observer.endpointsConfigMap name a ConfigMap that Musterbook alone writes, and feed the Querier with it.",
    },
  );
}

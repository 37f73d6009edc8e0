import { HOURS, type Line } from "#bench/cost/bill";
import { PRICES } from "#bench/cost/prices";
import { LEAF_SIZES } from "#profiles/leaf-size";

/** Of a quiet leaf; nobody has measured it. */
const LOAD_BALANCER_UNITS = 0.1;
const CROSS_ZONE_GB = 10;
/** Alertmanager's volume (packages/profiles/leaf.ts). */
const ALERTMANAGER_GB = 2;

/** A month of what one leaf adds to its cluster, by what its pods request. */
export function leafBill(size: keyof typeof LEAF_SIZES): readonly Line[] {
  const { prometheus, sidecar, alertmanager, query, operator } = LEAF_SIZES[size];
  const share = (
    pods: number,
    ...of: readonly { readonly requests: { readonly cpu: string; readonly memory: string } }[]
  ) =>
    of.reduce(
      (sum, { requests }) =>
        sum +
        pods * HOURS * (quantity(requests.cpu) * PRICES.vcpuHour + quantity(requests.memory) * PRICES.memoryGbHour),
      0,
    );
  const volumes = prometheus.replicas * quantity(prometheus.storage) + alertmanager.replicas * ALERTMANAGER_GB;
  return [
    { what: "NLB", dollars: HOURS * (PRICES.nlbHour + LOAD_BALANCER_UNITS * PRICES.nlbUnitHour) },
    { what: "Prometheus with its sidecar", dollars: share(prometheus.replicas, prometheus.resources, sidecar) },
    { what: "leaf Querier", dollars: share(query.replicas, query.resources) },
    {
      what: "Alertmanager and operator",
      dollars: share(alertmanager.replicas, alertmanager.resources) + share(1, operator),
    },
    { what: "volumes (gp3)", dollars: volumes * PRICES.gp3GbMonth },
    { what: "cross-zone traffic", dollars: CROSS_ZONE_GB * PRICES.crossZoneGb },
  ];
}

/** Cores or GiB of a Kubernetes quantity such as `250m`, `128Mi`, `50Gi`. */
function quantity(text: string): number {
  const number = Number.parseFloat(text);
  if (text.endsWith("m")) return number / 1000;
  return text.endsWith("Mi") ? number / 1024 : number;
}

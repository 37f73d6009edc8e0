import type { FleetConfig } from "#config/fleet-config";
import type { ClusterRef } from "#fleet/cluster";
import { allows, type Mode } from "#fleet/mode";
import type { Decision } from "#onboard/decide";
import type { DnsRecord } from "#onboard/ports";

/** One thing that would be made, changed or removed. */
export interface Change {
  readonly action: "add" | "change" | "remove";
  readonly what: string;
  /** What has to happen before; null: nothing. */
  readonly after: string | null;
}

/** What was seen of a cluster, with two facts that a look has no need of before it gets there. */
export interface Planned {
  readonly ref: ClusterRef;
  readonly config: FleetConfig;
  readonly decision: Decision;
  /** Whether the namespace of the release is there; null: not known. */
  readonly hasNamespace: boolean | null;
  /** What the endpoint's name leads to now. */
  readonly named: DnsRecord | undefined;
}

/** All that is still to do on a cluster, in the order of the steps. Nothing for one that a person has to see to first. */
export function changesOf(planned: Planned): readonly Change[] {
  const { next, seen } = planned.decision;
  if ("stop" in next || "nothing" in next) return [];
  if ("do" in next && next.do === "offboard") return offboard(planned);
  const mode = seen.selection?.mode;
  if (mode === undefined || mode === "ignore") return [];
  const needs = (needed: Mode, changes: (of: Planned) => readonly Change[]) =>
    allows(mode, needed) ? changes(planned) : [];
  const inside = seen.state.reach.status === "open";
  return [
    ...needs("manage", access),
    ...(inside ? needs("manage", definitions) : []),
    ...(inside ? needs("manage", release) : []),
    ...(inside ? needs("register", dns) : []),
    ...(inside ? needs("register", listing) : []),
  ];
}

function offboard({ ref, decision: { seen, generation }, named }: Planned): readonly Change[] {
  const { endpoint } = generation;
  const entry = endpoint?.state === "listed" ? [remove(`store list entry ${endpoint.address}`)] : [];
  if (named?.owner !== ref.arn) return entry;
  const gone = seen.state.cluster.status === "absent";
  return [...entry, { ...remove(`A ${named.name}`), after: gone ? null : "the cluster is gone" }];
}

function access({ config, decision }: Planned): readonly Change[] {
  const { status } = decision.seen.state.access;
  if (status === "missing") return [add(`access entry for ${config.principalArn}, with the cluster-admin policy`)];
  if (status === "narrowed")
    return [change(`access entry of ${config.principalArn}: the cluster-admin policy besides`)];
  return [];
}

function definitions({ decision }: Planned): readonly Change[] {
  const found = decision.seen.state.crds;
  if (found.status === "missing") return [add(`${found.names.length} custom resource definitions of the operator`)];
  if (found.status === "older") return [change(`custom resource definitions: ${found.found} -> ${found.wanted}`)];
  return [];
}

function release(planned: Planned): readonly Change[] {
  const { config, decision, hasNamespace } = planned;
  const found = decision.seen.state.release;
  const { namespace, release: name } = config.leaf;
  const subject = `release ${namespace}/${name}`;
  switch (found.status) {
    case "absent":
      return [
        ...(hasNamespace === false ? [add(`namespace ${namespace}`)] : []),
        add(`${subject}: ${chartOf(decision)}`),
      ];
    case "ours-outdated":
      return [change(`${subject}: ${chartOf(decision)}, values ${found.found} -> ${found.wanted}`)];
    case "ours-failed":
      return [change(`${subject}: upgraded again, since revision ${found.revision} failed`)];
    case "pending":
      if (!("do" in decision.next)) return [];
      return found.lastDeployed === null
        ? [remove(`revision ${found.revision} of ${subject}, which never finished`)]
        : [change(`${subject}: rolled back from pending revision ${found.revision} to ${found.lastDeployed}`)];
    default:
      return [];
  }
}

function chartOf({ seen: { desired } }: Decision): string {
  return desired === null ? "the chart of its profile" : `${desired.chart.name} ${desired.chart.version}`;
}

function dns({ decision, named }: Planned): readonly Change[] {
  const { state, endpoint } = decision.seen;
  const target = state.ready.status === "ready" ? ` -> ${state.ready.loadBalancer}` : "";
  const record = `A ${endpoint.host}${target}`;
  switch (state.dns.status) {
    case "missing":
      return [add(record)];
    case "wrong":
      return [change(`${record} (it leads to ${state.dns.target})`)];
    case "unconfirmed":
      return [change(`${record} (written again: whether it is in sync is not known)`)];
    case "unobserved":
      return named === undefined ? [{ ...add(record), after: "its load balancer has a name" }] : [];
    default:
      return [];
  }
}

function listing({ decision }: Planned): readonly Change[] {
  const { state, endpoint } = decision.seen;
  if (state.listing.status !== "not-listed") return [];
  const entry = add(`store list entry ${endpoint.address}`);
  return [state.dns.status === "current" ? entry : { ...entry, after: "DNS is in sync" }];
}

function add(what: string): Change {
  return { action: "add", what, after: null };
}

function change(what: string): Change {
  return { action: "change", what, after: null };
}

function remove(what: string): Change {
  return { action: "remove", what, after: null };
}

import pMap from "p-map";
import type { FleetConfig } from "#config/fleet-config";
import { type ClusterRef, parseClusterArn } from "#fleet/cluster";
import { MusterbookError } from "#fleet/errors";
import type { Log } from "#fleet/log";
import type { Registry } from "#fleet/registry";
import { isInScope } from "#fleet/select";
import type { ClusterApi } from "#onboard/ports";

export interface Scope {
  readonly account: string;
  readonly region: string;
}

/** A scope that could not be listed: its clusters were left alone. */
export interface ScopeFailure {
  readonly scope: Scope;
  readonly error: MusterbookError;
}

export interface SweepPorts {
  readonly clusters: Pick<ClusterApi, "list">;
  readonly registry: Pick<Registry, "all">;
  /** ARNs that something of ours still names, such as a store list or an alert, whether or not there is a record. */
  readonly mentioned: () => Promise<readonly string[]>;
  readonly log: Log;
  readonly config: Pick<FleetConfig, "scopes">;
  /** Sends a look; `because` is for people. */
  readonly enqueue: (ref: ClusterRef, because: string) => Promise<void>;
}

export interface SweepOutcome {
  readonly found: number;
  readonly enqueued: number;
  readonly failures: readonly ScopeFailure[];
}

/** Scopes have quotas of their own at EKS; more at once would only queue at the hub's. */
const SCOPES_AT_ONCE = 8;

/**
 * Enqueues a look at every cluster that EKS lists, and at every one on record or mentioned that a scope *listed in full*
 * does not hold any more; of those mentioned, at the ones outside of every scope too. Concludes nothing itself: a look asks EKS again. A scope that fails is reported and stops no other.
 */
export async function sweep(ports: SweepPorts): Promise<SweepOutcome> {
  const { clusters, log, config, enqueue } = ports;
  const scopes = config.scopes.flatMap(({ account, regions }) => regions.map((region) => ({ account, region })));
  const listings = await pMap(scopes, (scope) => listScope(clusters, scope), { concurrency: SCOPES_AT_ONCE });
  const failures = listings.filter((listing) => "error" in listing);
  for (const { scope, error } of failures)
    log.error("scope not listed, its clusters stay as they are", { ...scope, error });
  const listed = listings.filter((listing) => "refs" in listing);
  const found = new Map(listed.flatMap(({ refs }) => refs.map((ref) => [ref.arn, ref] as const)));
  const whole = new Set(listed.map(({ scope }) => keyOf(scope)));
  // First what needs no other record: a single one that cannot be read must not keep the sweep from the rest.
  for (const ref of found.values()) await enqueue(ref, "the sweep found it");
  const lost = await lostClusters(ports, found, whole);
  for (const ref of lost) await enqueue(ref, "the sweep did not find it any more");
  return { found: found.size, enqueued: found.size + lost.length, failures };
}

type Listing = { readonly scope: Scope; readonly refs: readonly ClusterRef[] } | ScopeFailure;

async function listScope(clusters: SweepPorts["clusters"], scope: Scope): Promise<Listing> {
  try {
    return { scope, refs: await clusters.list(scope) };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return { scope, error };
  }
}

async function lostClusters(
  { registry, mentioned, config }: SweepPorts,
  found: ReadonlyMap<string, ClusterRef>,
  whole: ReadonlySet<string>,
): Promise<ClusterRef[]> {
  const records = (await registry.all()).filter(({ phase }) => phase !== "removed").map(({ arn }) => arn);
  const named = new Set(await mentioned());
  return [...new Set([...records, ...named])]
    .map(parseClusterArn)
    .filter((ref) => ref !== undefined)
    .filter((ref) => !found.has(ref.arn))
    .filter((ref) => whole.has(keyOf(ref)) || (named.has(ref.arn) && !isInScope(config.scopes, ref)));
}

function keyOf({ account, region }: Scope): string {
  return `${account} ${region}`;
}

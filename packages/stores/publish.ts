import type { FleetConfig } from "#config/fleet-config";
import { ConflictError } from "#fleet/errors";
import type { ClusterRecord } from "#fleet/record";
import { renderEndpoints } from "#stores/endpoints-yaml";
import { judgeRemovals, nextHistory } from "#stores/guard";
import { planStoreList, type StoreListPlan } from "#stores/plan";
import { STORE_LIST_VERSION, type StoreEntry, type StoreList, type StoreListState } from "#stores/store-list";

/** A second writer is an accident, so losing to it this often in a row is worth an error. */
const MAX_TRIES = 5;
/** Holder of an entry that was taken over, until its cluster's record claims it. */
const UNKNOWN_CLUSTER = "unknown";

export interface PublishRequest {
  readonly storeList: StoreList;
  /** The whole registry: a listing that failed part way must never get here. */
  readonly records: readonly ClusterRecord[];
  readonly tls: FleetConfig["storesTls"];
  readonly now: Date;
  /** Addresses that may leave at a person's word, as if EKS had confirmed it; what a record lists stays all the same. */
  readonly approved?: readonly string[];
  /**
   * Addresses that a Querier is fed with although no list is stored: a hub that was lost and rebuilt takes them over,
   * whosever they are, instead of beginning with an empty list. Asked only then; what it throws is thrown.
   */
  readonly inForce?: () => Promise<readonly string[]>;
}

export interface PublishResult {
  /** `refused`: the guard held removals back (additions are written all the same); raise `stores.mass-removal-refused`. */
  readonly outcome: "unchanged" | "written" | "refused";
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Addresses that were listed before and still are. */
  readonly kept: readonly string[];
  /** Addresses that the guard held back, and the limit that they exceed. */
  readonly refused: readonly string[];
  readonly limit: number;
  /** Entries of records whose address Thanos could not dial with TLS; left out. */
  readonly invalid: readonly StoreEntry[];
  /** The list as it is stored now. */
  readonly state: StoreListState;
  /** Whether there is a list: until the first endpoint is to be listed nothing is written anywhere. */
  readonly stored: boolean;
}

/**
 * Brings the store list to what the registry says, level-triggered: the same records twice write once. Removals pass the
 * mass-removal guard; the list becomes empty only by removals that EKS confirmed or a person approved. Throws ConflictError
 * after five lost writes.
 */
export async function publishStoreList(request: PublishRequest): Promise<PublishResult> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await publishOnce(request);
    } catch (error) {
      if (!(error instanceof ConflictError) || tries === MAX_TRIES) throw error;
    }
  }
}

async function publishOnce(request: PublishRequest): Promise<PublishResult> {
  const stored = await request.storeList.read();
  const before = stored?.state ?? (await firstState(request));
  const plan = withApproved(planStoreList(before.entries, request.records), before, request);
  const present = before.entries.map(({ address }) => address);
  const added = plan.put.map(({ address }) => address).filter((address) => !present.includes(address));
  const verdict = judgeRemovals({ ...plan, history: before.history, present, added, now: request.now });
  const removed = verdict.allowed ? [...plan.confirmed, ...plan.unconfirmed] : plan.confirmed;
  const state = nextState(before, { plan, removed, forgiven: plan.confirmed, request });
  const changed = state !== before;
  if (changed) await request.storeList.write(state, stored?.version ?? null);
  return {
    outcome: verdict.allowed ? (changed ? "written" : "unchanged") : "refused",
    added: added.toSorted(),
    removed: removed.toSorted(),
    kept: present.filter((address) => !removed.includes(address)),
    refused: verdict.allowed ? [] : plan.unconfirmed.toSorted(),
    limit: verdict.limit,
    invalid: plan.invalid,
    state,
    stored: changed || stored !== undefined,
  };
}

/** An approved address leaves whether its record says so or it has none any more. */
function withApproved(
  plan: StoreListPlan,
  { entries }: StoreListState,
  { approved = [], records }: PublishRequest,
): StoreListPlan {
  const listed = new Set(records.flatMap(({ endpoint }) => (endpoint?.state === "listed" ? [endpoint.address] : [])));
  const present = new Set(entries.map(({ address }) => address));
  const leaving = new Set(approved.filter((address) => present.has(address) && !listed.has(address)));
  return {
    ...plan,
    confirmed: [...new Set([...plan.confirmed, ...leaving])],
    unconfirmed: plan.unconfirmed.filter((address) => !leaving.has(address)),
  };
}

interface Change {
  readonly plan: StoreListPlan;
  readonly removed: readonly string[];
  readonly forgiven: readonly string[];
  readonly request: PublishRequest;
}

/** The same object when nothing changes. */
function nextState(before: StoreListState, { plan, removed, forgiven, request }: Change): StoreListState {
  const { now } = request;
  const byAddress = new Map(before.entries.map((entry) => [entry.address, entry]));
  for (const entry of plan.put) byAddress.set(entry.address, entry);
  for (const address of removed) byAddress.delete(address);
  const entries = [...byAddress.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const yaml = renderEndpoints(entries, request.tls);
  if (plan.put.length === 0 && removed.length === 0 && yaml === before.yaml) return before;
  const addresses = entries.map(({ address }) => address);
  const history = nextHistory(before.history, { addresses, forgiven, now });
  return { schemaVersion: STORE_LIST_VERSION, entries, history, yaml, updatedAt: now.toISOString() };
}

async function firstState({ records, tls, now, inForce }: PublishRequest): Promise<StoreListState> {
  const isWanted = records.some(({ endpoint }) => endpoint?.state === "listed");
  const addresses = (isWanted ? await inForce?.() : undefined) ?? [];
  const entries = addresses.map((address) => ({ address, cluster: UNKNOWN_CLUSTER }));
  const yaml = renderEndpoints([], tls);
  return { schemaVersion: STORE_LIST_VERSION, entries, history: [], yaml, updatedAt: now.toISOString() };
}

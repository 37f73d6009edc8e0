import type { EndpointEntry } from "#fleet/record";
import type { Dns } from "#onboard/ports";
import type { DnsState, ListingState } from "#onboard/state";
import type { StoreEntry, StoreList } from "#stores/store-list";

/**
 * Compares the name's record with `target`; null when the cluster has no load balancer (any more), so that a record of
 * ours is a wrong one. A record that is right and of which no change is noted was either in sync before the registry was
 * lost, and then the endpoint is still on the list, or a crash hid its change.
 */
export async function observeDns(look: {
  readonly dns: Dns;
  readonly host: string;
  readonly owner: string;
  readonly target: string | null;
  readonly changeId: string | null;
  /** Whether the endpoint has earned its place on the store list before. */
  readonly registered: boolean;
}): Promise<DnsState> {
  const found = await look.dns.find(look.host);
  if (found === undefined) return { status: "missing" };
  if (found.owner !== look.owner) return { status: "foreign", owner: found.owner };
  if (found.target !== look.target) return { status: "wrong", target: found.target };
  const { changeId, registered } = look;
  if (changeId === null) return registered ? { status: "current" } : { status: "unconfirmed", changeId };
  const status = await look.dns.changeStatus(changeId);
  if (status === "INSYNC") return { status: "current" };
  return status === "PENDING" ? { status: "pending-change", changeId } : { status: "unconfirmed", changeId };
}

export interface Listing {
  readonly state: ListingState;
  /** What is asked of the store list: by the record or, where that is lost, by the list itself. */
  readonly asked: EndpointEntry | null;
  /** Whether the endpoint has earned its place on the store list before. */
  readonly registered: boolean;
  /** Every address on the store list. */
  readonly listed: readonly string[];
}

/**
 * Compares what the record asks for with what the store list has. A record that asks for nothing was lost if the list
 * holds an entry of this very cluster: else nobody would ever take it away again.
 */
export async function observeListing(look: {
  readonly storeList: StoreList;
  readonly cluster: string;
  /** Of the record. */
  readonly endpoint: EndpointEntry | null;
  readonly address: string;
  readonly now: Date;
}): Promise<Listing> {
  const { cluster, address, now } = look;
  const entries = (await look.storeList.read())?.state.entries ?? [];
  const asked = look.endpoint ?? recalled(entries, cluster, now);
  const listed = entries.map((entry) => entry.address);
  const published = listed.includes(address);
  if (asked?.state !== "listed" || asked.address !== address) {
    return { state: { status: "not-listed" }, asked, registered: published, listed };
  }
  return { state: { status: published ? "listed" : "unpublished" }, asked, registered: true, listed };
}

function recalled(entries: readonly StoreEntry[], cluster: string, now: Date): EndpointEntry | null {
  const entry = entries.find((one) => one.cluster === cluster);
  if (entry === undefined) return null;
  return { address: entry.address, state: "listed", confirmedByEks: false, since: now.toISOString() };
}

import type { EndpointEntry } from "#fleet/record";
import type { Dns } from "#onboard/ports";
import type { DnsState, ListingState } from "#onboard/state";
import type { StoreList } from "#stores/store-list";

/**
 * Compares the alias record with `target`; null when the cluster has no load balancer (any more), so that a record of
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
  /** Whether the record asks for a place on the store list, or the list has the endpoint all the same. */
  readonly registered: boolean;
}

/** Compares what the record asks for with what the store list has. */
export async function observeListing(
  storeList: StoreList,
  endpoint: EndpointEntry | null,
  address: string,
): Promise<Listing> {
  const stored = await storeList.read();
  const published = stored?.state.entries.some((entry) => entry.address === address) ?? false;
  const asked = endpoint?.state === "listed" && endpoint.address === address;
  if (!asked) return { state: { status: "not-listed" }, registered: published };
  return { state: { status: published ? "listed" : "unpublished" }, registered: true };
}

import type { EndpointEntry } from "#fleet/record";
import type { Dns } from "#onboard/ports";
import type { DnsState, ListingState } from "#onboard/state";
import type { StoreList } from "#stores/store-list";

/**
 * Compares the alias record with `target`; null when the cluster has no load balancer (any more), so that a record of
 * ours is a wrong one. A record that is right and of which no change is noted counts as current: either it was in sync
 * before the registry was lost, or a crash hid its change, and then Route53 (60 s) was quicker than the message's return.
 */
export async function observeDns(look: {
  readonly dns: Dns;
  readonly host: string;
  readonly owner: string;
  readonly target: string | null;
  readonly changeId: string | null;
}): Promise<DnsState> {
  const found = await look.dns.find(look.host);
  if (found === undefined) return { status: "missing" };
  if (found.owner !== look.owner) return { status: "foreign", owner: found.owner };
  if (found.target !== look.target) return { status: "wrong", target: found.target };
  if (look.changeId === null) return { status: "current" };
  const { changeId } = look;
  const status = await look.dns.changeStatus(changeId);
  if (status === "INSYNC") return { status: "current" };
  return status === "PENDING" ? { status: "pending-change", changeId } : { status: "unconfirmed", changeId };
}

/** Whether the record asks for a place on the store list, and whether the list has it. */
export async function observeListing(
  storeList: StoreList,
  endpoint: EndpointEntry | null,
  address: string,
): Promise<ListingState> {
  if (endpoint?.state !== "listed" || endpoint.address !== address) return { status: "not-listed" };
  const stored = await storeList.read();
  const published = stored?.state.entries.some((entry) => entry.address === address) ?? false;
  return { status: published ? "listed" : "unpublished" };
}

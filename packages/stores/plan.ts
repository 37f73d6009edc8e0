import type { ClusterRecord } from "#fleet/record";
import { isHostPort } from "#stores/endpoints-yaml";
import type { StoreEntry } from "#stores/store-list";

/** What the registry asks of the list, before the guard is asked. */
export interface StoreListPlan {
  /** New on the list, or listed under another cluster so far. */
  readonly put: readonly StoreEntry[];
  /** To leave the list: EKS itself confirmed the deletion. */
  readonly confirmed: readonly string[];
  /** To leave the list by our own judgement; the guard counts them. */
  readonly unconfirmed: readonly string[];
  /** Addresses of records that Thanos could not dial with TLS: left out, with the rest of the list intact. */
  readonly invalid: readonly StoreEntry[];
}

/**
 * Compares the present list with the whole registry. An entry stays unless a record says that it goes: its cluster's
 * endpoint is `removed`, or listed under another address. A cluster without record or without endpoint says nothing,
 * so a wiped or partial registry never shrinks the list.
 */
export function planStoreList(present: readonly StoreEntry[], records: readonly ClusterRecord[]): StoreListPlan {
  const wanted = records.flatMap(({ arn, endpoint }) =>
    endpoint?.state === "listed" ? [{ address: endpoint.address, cluster: arn }] : [],
  );
  const valid = wanted.filter(({ address }) => isHostPort(address));
  const holders = holdersOf(present, valid);
  const byArn = new Map(records.map((record) => [record.arn, record]));
  const leaving = present.filter(
    ({ address, cluster }) => !holders.has(address) && leaves(address, byArn.get(cluster)),
  );
  const isConfirmed = ({ cluster }: StoreEntry) => isConfirmedGone(byArn.get(cluster));
  const listed = new Map(present.map(({ address, cluster }) => [address, cluster]));
  return {
    put: [...holders].flatMap(([address, cluster]) => (listed.get(address) === cluster ? [] : [{ address, cluster }])),
    confirmed: leaving.filter(isConfirmed).map(({ address }) => address),
    unconfirmed: leaving.filter((entry) => !isConfirmed(entry)).map(({ address }) => address),
    invalid: wanted.filter(({ address }) => !isHostPort(address)),
  };
}

/** Whose each wanted address is. Of two clusters that claim one, the present holder keeps it, else the first by ARN. */
function holdersOf(present: readonly StoreEntry[], wanted: readonly StoreEntry[]): ReadonlyMap<string, string> {
  const held = new Set(present.map(({ address, cluster }) => `${address} ${cluster}`));
  const rank = ({ address, cluster }: StoreEntry) => (held.has(`${address} ${cluster}`) ? 0 : 1);
  const worstFirst = wanted.toSorted((a, b) => rank(b) - rank(a) || (a.cluster < b.cluster ? 1 : -1));
  return new Map(worstFirst.map(({ address, cluster }) => [address, cluster]));
}

function leaves(address: string, record: ClusterRecord | undefined): boolean {
  if (record?.endpoint == null) return false;
  if (record.endpoint.state === "removed") return true;
  return record.endpoint.address !== address && isHostPort(record.endpoint.address);
}

function isConfirmedGone(record: ClusterRecord | undefined): boolean {
  return record?.endpoint?.state === "removed" && record.endpoint.confirmedByEks;
}

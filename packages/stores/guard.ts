import type { StoreListState } from "#stores/store-list";

type History = StoreListState["history"];

/** The window in which removals add up. */
const WINDOW_MS = 3_600_000;
/** Of the fullest list in the window: how much may leave it, at least one endpoint. */
const MAX_REMOVED_SHARE = 0.1;

export interface RemovalRequest {
  /** The lists in force in the last hour. */
  readonly history: History;
  /** The addresses listed now. */
  readonly present: readonly string[];
  /** Leaves the list, and EKS itself says that the cluster is gone, or a person approved it. */
  readonly confirmed: readonly string[];
  /** Leaves the list by Musterbook's own judgement. */
  readonly unconfirmed: readonly string[];
  /** Comes onto the list in the same write. */
  readonly added: readonly string[];
  readonly now: Date;
}

export interface RemovalVerdict {
  readonly allowed: boolean;
  /** How many addresses would have left within the hour, without those that EKS confirmed. */
  readonly dropped: number;
  readonly limit: number;
}

/**
 * The mass-removal guard: whether the unconfirmed removals may happen. They may while no more than
 * max(1, 10 %) of the fullest list of the last hour are gone from it, and the list does not become empty by them. All
 * or none: a tenth of a wrong wish is wrong as well.
 */
export function judgeRemovals(request: RemovalRequest): RemovalVerdict {
  const { present, confirmed, unconfirmed, added, now } = request;
  const window = without(inForce(request.history, now), confirmed);
  const known = present.filter((address) => !confirmed.includes(address));
  const leaving = new Set(unconfirmed);
  const next = new Set([...known.filter((address) => !leaving.has(address)), ...added]);
  const seen = new Set([...window.flatMap(({ addresses }) => addresses), ...known]);
  const fullest = Math.max(known.length, ...window.map(({ addresses }) => addresses.length));
  const limit = Math.max(1, Math.floor(fullest * MAX_REMOVED_SHARE));
  const dropped = seen.difference(next).size;
  const allowed = unconfirmed.length === 0 || (dropped <= limit && next.size > 0);
  return { allowed, dropped, limit };
}

/**
 * The history after a write. `forgiven` addresses (confirmed by EKS or approved) never count again. A list that
 * holds all of the one before replaces it, so that a thousand additions leave one entry and not a thousand.
 */
export function nextHistory(
  history: History,
  next: { readonly addresses: readonly string[]; readonly forgiven: readonly string[]; readonly now: Date },
): History {
  const kept = [...without(inForce(history, next.now), next.forgiven)];
  const addresses = new Set(next.addresses);
  let at = next.now.toISOString();
  for (let last = kept.at(-1); last?.addresses.every((address) => addresses.has(address)); last = kept.at(-1)) {
    at = last.at;
    kept.pop();
  }
  return [...kept, { at, addresses: next.addresses }];
}

/** The lists of the last hour; the first is the one that was in force when the hour began. */
function inForce(history: History, now: Date): History {
  const cutoff = now.getTime() - WINDOW_MS;
  const first = history.findLastIndex(({ at }) => Date.parse(at) <= cutoff);
  return history.slice(Math.max(0, first));
}

function without(history: History, addresses: readonly string[]): History {
  const gone = new Set(addresses);
  return history.map((list) => ({ ...list, addresses: list.addresses.filter((address) => !gone.has(address)) }));
}

/**
 * The same function, asked once for each object, and again where what is given beside it has changed: its fields are compared, and
 * lists by their elements. From one audit to the next nearly all parts, streams and groups of a bucket are the same objects, so that what is known of
 * them costs nothing. A constant of its module. Nothing may go into its results but what it is given, the time least of all.
 */
export function oncePer<K extends object, V>(of: (key: K) => V): (key: K) => V;
export function oncePer<K extends object, V, G extends object>(of: (key: K, given: G) => V): (key: K, given: G) => V;
export function oncePer<K extends object, V>(of: (key: K, given: object) => V): (key: K, given?: object) => V {
  const known = new WeakMap<K, { readonly given: object; readonly value: V }>();
  return (key, given = NOTHING) => {
    const before = known.get(key);
    if (before !== undefined && isSame(before.given, given)) return before.value;
    const value = of(key, given);
    known.set(key, { given, value });
    return value;
  };
}

/** What holds from the time that was asked for up to `until`, ms. */
export interface Lasting<V> {
  readonly value: V;
  readonly until: number;
}

/** The same for what goes by the time: asked again also when what it gave has lost its hold, and for any time before. */
export function onceUntil<K extends object, V, G extends object>(
  of: (key: K, given: G, now: number) => Lasting<V>,
): (key: K, given: G, now: number) => V {
  const known = new WeakMap<K, Lasting<V> & { readonly given: G; readonly from: number }>();
  return (key, given, now) => {
    const before = known.get(key);
    const holds = before !== undefined && before.from <= now && now < before.until && isSame(before.given, given);
    if (holds) return before.value;
    const { value, until } = of(key, given, now);
    known.set(key, { given, value, until, from: now });
    return value;
  };
}

/**
 * Makes the function that gives, for a list of the same things as one before it, that one: what is known of it goes on. Lists are
 * known by their first, so those of one function should have nothing in common.
 */
export function sameLists<E extends object>(): (list: readonly E[]) => readonly E[] {
  const known = new WeakMap<E, readonly E[]>();
  return (list) => {
    const [first] = list;
    if (first === undefined) return list;
    const before = known.get(first);
    if (before !== undefined && isSameList(before, list)) return before;
    known.set(first, list);
    return list;
  };
}

const NOTHING = {};

function isSame<G extends object>(a: G, b: G): boolean {
  if (a === b) return true;
  for (const name in b) {
    const [one, other] = [a[name], b[name]];
    if (one === other || (Array.isArray(one) && Array.isArray(other) && isSameList(one, other))) continue;
    return false;
  }
  return true;
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((one, at) => one === b[at]);
}

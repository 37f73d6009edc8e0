import { compareKeys } from "#blocks/bucket/listing";
import { oncePer } from "#blocks/once";

/** External labels, as a meta.json carries them. */
export type Labels = Readonly<Record<string, string>>;

/** Names in byte order, as Go sorts strings. */
export function sortedPairs(labels: Labels): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => compareKeys(a, b));
}

const ids = new WeakMap<Labels, string>();

/** One string per label set, whatever the order of its pairs. Made once for each object: blocks of a stream share theirs. */
export function labelsId(labels: Labels): string {
  const known = ids.get(labels);
  if (known !== undefined) return known;
  const id = JSON.stringify(sortedPairs(labels));
  ids.set(labels, id);
  return id;
}

/** The same function, asked once for each object. Of blocks, which share the label set of their stream, that is far less often. */
export function perLabels<T>(of: (labels: Labels) => T): (labels: Labels) => T {
  const known = new Map<Labels, { readonly value: T }>();
  return (labels) => {
    const found = known.get(labels);
    if (found !== undefined) return found.value;
    const value = of(labels);
    known.set(labels, { value });
    return value;
  };
}

const rests = new WeakMap<Labels, Map<string, Labels>>();

/** Without these; the same object for the same object. */
export function withoutLabels(labels: Labels, names: readonly string[]): Labels {
  const dropped = namesId(names);
  const known = rests.get(labels) ?? new Map<string, Labels>();
  rests.set(labels, known);
  const rest = known.get(dropped) ?? labelsWithout(labels, names);
  known.set(dropped, rest);
  return rest;
}

const namesId = oncePer((names: readonly string[]) => JSON.stringify(names));

function labelsWithout(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

export function onlyLabels(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

/** Whether `labels` has every pair of `wanted`. */
export function includesLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}

/** As PromQL writes them: `{cluster="prod-a", region="eu-west-1"}`. */
export function labelsText(labels: Labels): string {
  const pairs = sortedPairs(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${pairs.join(", ")}}`;
}

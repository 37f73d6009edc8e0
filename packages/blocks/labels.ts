import { compareKeys } from "#blocks/listing";

/** External labels, as a meta.json carries them. */
export type Labels = Readonly<Record<string, string>>;

/** Names in byte order, as Go sorts strings. */
export function sortedPairs(labels: Labels): [string, string][] {
  return Object.entries(labels).sort(([a], [b]) => compareKeys(a, b));
}

/** One string per label set, whatever the order of its pairs. */
export function labelsId(labels: Labels): string {
  return JSON.stringify(sortedPairs(labels));
}

export function withoutLabels(labels: Labels, names: readonly string[]): Labels {
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

import { type Labels, labelsId } from "#blocks/block/labels";

/** Keeps one of what is equal: blocks of many shards then share their label sets and texts, and can be compared by identity. */
export interface Interner {
  labels(labels: Labels): Labels;
  text(text: string): string;
}

export function interner(): Interner {
  const sets = new Map<string, Labels>();
  const texts = new Map<string, string>();
  return {
    labels: (labels) => kept(sets, labelsId(labels), labels),
    text: (text) => kept(texts, text, text),
  };
}

function kept<T>(all: Map<string, T>, id: string, value: T): T {
  const known = all.get(id);
  if (known !== undefined) return known;
  all.set(id, value);
  return value;
}

import { closest, distance } from "fastest-levenshtein";

/** The right name that a mistyped one is meant to be; undefined when none is near. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  // The algorithm's time grows with the product of both lengths, and nobody mistypes a name that long.
  if (names.length === 0 || typed.length > 64) return undefined;
  const lower = typed.toLowerCase();
  const contained = names.find((name) => lower.length > 3 && name.toLowerCase().includes(lower));
  const name = closest(typed, names);
  // Two letters that changed places are two edits; of a name of two letters nothing would be left.
  const edits = distance(lower, name.toLowerCase());
  const near = edits < name.length && edits <= Math.max(2, Math.floor(name.length / 3));
  return near ? name : contained;
}

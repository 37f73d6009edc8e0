/** Control characters but the newline, and the marks that turn the direction of text: they forge what a person reads. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
const FORGING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text that is safe to show: well-formed Unicode without control characters; newlines stay, tabs become spaces. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\r\n", "\n").replaceAll("\t", " ").replace(FORGING, "");
}

/** Clean text that costs at most `max`, by default UTF-16 units; a cut ends in "...". */
export function cutText(text: string, max: number, cost: (character: string) => number = (c) => c.length): string {
  const limit = Math.max(0, max);
  // Nothing beyond `max` units can be shown, so a megabyte need not be walked through.
  const clean = cleanText(text.slice(0, 4 * limit));
  let used = 0;
  let shown = "";
  let shorter = "";
  for (const character of clean) {
    used += cost(character);
    if (used > limit) break;
    shown += character;
    if (used <= limit - 3) shorter = shown;
  }
  if (used <= limit && text.length <= 4 * limit) return shown;
  return limit < 3 ? "" : `${shorter}...`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** A time span for people, its two largest units: `2 d 4 h`, `3 m`, `0 s`. Whole seconds; negative ones are 0. */
export function ageText(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1_000) * 1_000) || 0;
  const parts = UNITS.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { count, text: `${count} ${unit}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first === -1) return "0 s";
  const shown = parts.slice(first, first + 2).filter(({ count }) => count > 0);
  return shown.map(({ text }) => text).join(" ");
}

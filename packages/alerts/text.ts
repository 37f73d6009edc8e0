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

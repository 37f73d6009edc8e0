/** Everything that moves a cursor, colours, or turns the direction of text, but the line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: replacing them is the point
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Control characters as visible escapes (`\u001b`), which is also how JSON writes them. */
export function escapeControls(text: string): string {
  return text.toWellFormed().replace(CONTROL, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A value as JSON for programs, that a person may look at in a terminal. */
export function jsonText(value: unknown): string {
  return `${escapeControls(JSON.stringify(value, null, 2))}\n`;
}

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
const WIDE =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u;
const PLAIN = /^[\x20-\x7e]*$/;
const EMOJI_STYLE = "\ufe0f";

/** Columns that a line takes in a terminal: two for East Asian wide characters, none for combining marks. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += WIDE.test(segment) || segment.includes(EMOJI_STYLE) ? 2 : /^\p{M}/u.test(segment) ? 0 : 1;
  }
  return width;
}

export interface Wrapping {
  /** Columns. */
  readonly width: number;
  /** Put before every line; default none. */
  readonly indent?: string;
  /** Put before the first line instead, such as `1. `; default as `indent`. */
  readonly first?: string;
}

/** Breaks at spaces; a word that is longer than a line, such as a command or a URL, is left whole and juts out. */
export function wrap(text: string, { width, indent = "", first = indent }: Wrapping): string[] {
  const lines: string[] = [];
  let line = first;
  let taken = displayWidth(first);
  let isEmpty = true;
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const wanted = displayWidth(word);
    if (!isEmpty && taken + 1 + wanted > width) {
      lines.push(line);
      line = indent;
      taken = displayWidth(indent);
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    taken += isEmpty ? wanted : wanted + 1;
    isEmpty = false;
  }
  return [...lines, line];
}

const KIB = 1024;
const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `25.8 MiB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 and more would be shown as 1,024.0 of the smaller unit.
  while (value >= KIB - 0.05 && unit < UNITS.length - 1) {
    value /= KIB;
    unit += 1;
  }
  return unit === 0 ? `${bytes} bytes` : `${value.toFixed(1)} ${UNITS[unit]}`;
}

/** `07:31`, with the date where it is another day than `now`'s: `11-18 07:31`, `2025-11-18 07:31`. UTC. */
export function moment(instant: string, now: string): string {
  const iso = new Date(instant).toISOString();
  const [day, time] = [iso.slice(0, 10), iso.slice(11, 16)];
  const today = new Date(now).toISOString();
  if (day === today.slice(0, 10)) return time;
  return day.slice(0, 4) === today.slice(0, 4) ? `${day.slice(5)} ${time}` : `${day} ${time}`;
}

/** `2026-11-20 13:10 UTC`. */
export function fullMoment(instant: string): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Prose with the instants in it (RFC 3339) as `moment` writes them. */
export function withMoments(text: string, now: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (instant) =>
    Number.isNaN(Date.parse(instant)) ? instant : moment(instant, now),
  );
}

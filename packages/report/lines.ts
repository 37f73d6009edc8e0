import { displayWidth, wrap } from "#report/text";

/** Text of several lines: numbered steps hang, and lines that begin with a space are commands. */
export function wrapLines(text: string, width: number, indent: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [margin] = /^\s+/.exec(line) ?? [];
    if (margin !== undefined) return shellLines(line.slice(margin.length), width, `${indent}  ${margin}`);
    const [, number, rest] = /^(\d+\. )(.*)$/.exec(line) ?? [];
    if (number === undefined || rest === undefined) return wrap(line, { width, indent });
    return wrap(rest, { width, indent: indent + " ".repeat(number.length), first: indent + number });
  });
}

/** A word as a POSIX shell sees it, quotes and all. Neither a comment nor a quote that does not end is one. */
const WORD = /(?!#)(?:[^\s'"\\]|\\\S|'[^']*'|"(?:[^"\\]|\\[\s\S])*")+/y;

/**
 * A command on several lines that can be pasted as they are: broken between words, each line but the last ended with a
 * backslash. What is not all words, such as a comment or the first line of a here-document, is left whole.
 */
export function shellLines(command: string, width: number, indent: string): string[] {
  const words = /<</.test(command) ? undefined : wordsOf(command);
  if (words === undefined || displayWidth(indent + command) <= width) return [indent + command];
  const lines: string[] = [];
  let line = "";
  for (const [at, word] of words.entries()) {
    const next = line === "" ? word : `${line} ${word}`;
    const room = width - displayWidth(lines.length === 0 ? indent : `${indent}  `) - " \\".length;
    const wanted = `${line} ${words.slice(at, endOfUnit(words, at)).join(" ")}`;
    if (line === "" || displayWidth(wanted) <= room) line = next;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((part, at, all) => {
    const end = at < all.length - 1 ? " \\" : "";
    return `${indent}${at === 0 ? "" : "  "}${part}${end}`;
  });
}

/** Where it ends what stays together if it can: a pipe and the command after it, an option and what may be its value. */
function endOfUnit(words: readonly string[], from: number): number {
  const [word = "", next = "-"] = words.slice(from, from + 2);
  if (word !== "|") return /^-[^=]*$/.test(word) && !/^[-|]/.test(next) ? from + 2 : from + 1;
  const end = words.indexOf("|", from + 1);
  return end < 0 ? words.length : end;
}

function wordsOf(command: string): readonly string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < command.length) {
    if (command[at] === " ") {
      at += 1;
      continue;
    }
    WORD.lastIndex = at;
    const [word] = WORD.exec(command) ?? [];
    if (word === undefined) return undefined;
    words.push(word);
    at += word.length;
  }
  return words;
}

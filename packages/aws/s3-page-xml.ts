/** The elements in an element, by their name; those of `Contents` as a list. */
export interface Fields {
  readonly [name: string]: string | Fields | readonly Fields[];
}

/** An element: its text, or what is in it. */
type Element = readonly [name: string, content: string | Fields];

interface Cursor {
  readonly xml: string;
  at: number;
}

const ROOT = /^\uFEFF?(?:<\?xml [^<>]*\?>)?\s*<ListBucketResult(?: xmlns="[^"<>&]*")?>/;
const NAME = /^[A-Za-z]+$/;
const EMPTY = /^([A-Za-z]+)\s*\/$/;
const NESTED = 4;
const LIST = "Contents";

/**
 * The answer to ListObjectsV2, in a part of the time that a parser of any XML takes. Undefined for all that S3 does not write
 * there, such as attributes, comments and entities of one's own: another parser may know it.
 */
export function pageOfXml(xml: string): Fields | undefined {
  const root = ROOT.exec(xml);
  // What follows would have to be read as another character.
  if (root === null || xml.includes("\r")) return undefined;
  const cursor: Cursor = { xml, at: root[0].length };
  const page = childrenOf(cursor, "ListBucketResult", 0);
  return xml.slice(cursor.at).trim() === "" ? page : undefined;
}

/** The elements up to the end of their parent; undefined where they are not as S3 writes them. */
function childrenOf(cursor: Cursor, parent: string, depth: number): Fields | undefined {
  const fields: Record<string, Fields[string]> = {};
  const contents: Fields[] = [];
  while (!takeEnd(cursor, parent)) {
    const child = takeElement(cursor, depth);
    if (child === undefined) return undefined;
    const [name, content] = child;
    if (Object.hasOwn(fields, name)) return undefined;
    if (depth === 0 && name === LIST && typeof content === "object") contents.push(content);
    else fields[name] = content;
  }
  return depth > 0 || Object.hasOwn(fields, LIST) ? fields : { ...fields, [LIST]: contents };
}

function takeEnd(cursor: Cursor, name: string): boolean {
  const at = nextTag(cursor);
  if (!isEndOf(cursor.xml, name, at)) return false;
  cursor.at = at + name.length + 3;
  return true;
}

function isEndOf(xml: string, name: string, at: number): boolean {
  return xml.startsWith("</", at) && xml.startsWith(name, at + 2) && xml[at + 2 + name.length] === ">";
}

/** Where it begins; behind the end where something else than blanks is before it. */
function nextTag({ xml, at }: Cursor): number {
  if (xml[at] === "<") return at;
  const next = xml.indexOf("<", at);
  return next >= 0 && isBlank(xml.slice(at, next)) ? next : xml.length;
}

function takeElement(cursor: Cursor, depth: number): Element | undefined {
  const { xml } = cursor;
  const begin = nextTag(cursor);
  const end = xml.indexOf(">", begin) + 1;
  const name = xml.slice(begin + 1, end - 1);
  if (end === 0 || depth > NESTED) return undefined;
  if (!isName(name)) {
    cursor.at = end;
    const [, empty] = EMPTY.exec(name) ?? [];
    return empty === undefined ? undefined : [empty, ""];
  }
  const next = xml.indexOf("<", end);
  const raw = xml.slice(end, next < 0 ? xml.length : next);
  if (isEndOf(xml, name, next)) {
    cursor.at = next + name.length + 3;
    const text = unescaped(raw);
    return text === undefined ? undefined : [name, text];
  }
  if (!isBlank(raw)) return undefined;
  cursor.at = end;
  const children = childrenOf(cursor, name, depth + 1);
  return children && [name, children];
}

function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** They are few, and come again and again. */
const names = new Set<string>();
const NAMES = 100;

function isName(text: string): boolean {
  if (names.has(text)) return true;
  const isOne = NAME.test(text);
  if (isOne && names.size < NAMES) names.add(text);
  return isOne;
}

const ENTITY = /&(?:#x([0-9A-Fa-f]{1,6});|#([0-9]{1,7});|(amp|lt|gt|quot|apos);)?/g;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const LAST_CHARACTER = 0x10ffff;

function unescaped(raw: string): string | undefined {
  if (!raw.includes("&")) return raw;
  let isKnown = true;
  const text = raw.replaceAll(ENTITY, (_, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return NAMED[name] ?? "";
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    isKnown &&= code <= LAST_CHARACTER;
    return isKnown ? String.fromCodePoint(code) : "";
  });
  return isKnown ? text : undefined;
}

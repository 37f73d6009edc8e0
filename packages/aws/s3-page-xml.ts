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
const OPENING = /\s*<([A-Za-z]+)(\s*\/)?>([^<]*)/y;
const CLOSING = /\s*<\/([A-Za-z]+)>/y;
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
  CLOSING.lastIndex = cursor.at;
  if (CLOSING.exec(cursor.xml)?.[1] !== name) return false;
  cursor.at = CLOSING.lastIndex;
  return true;
}

function takeElement(cursor: Cursor, depth: number): Element | undefined {
  const { xml } = cursor;
  OPENING.lastIndex = cursor.at;
  const [, name = "", isEmpty, raw = ""] = OPENING.exec(xml) ?? [];
  if (name === "" || depth > NESTED) return undefined;
  const end = OPENING.lastIndex;
  if (isEmpty !== undefined) {
    cursor.at = end - raw.length;
    return [name, ""];
  }
  if (xml.startsWith(`</${name}>`, end)) {
    cursor.at = end + name.length + 3;
    const text = unescaped(raw);
    return text === undefined ? undefined : [name, text];
  }
  if (raw.trim() !== "") return undefined;
  cursor.at = end;
  const children = childrenOf(cursor, name, depth + 1);
  return children && [name, children];
}

const ENTITY = /&(?:#x([0-9A-Fa-f]{1,6})|#([0-9]{1,7})|(amp|lt|gt|quot|apos));/g;
const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescaped(raw: string): string | undefined {
  if (!raw.includes("&")) return raw;
  if (raw.replaceAll(ENTITY, "").includes("&")) return undefined;
  const codes = [...raw.matchAll(ENTITY)].map(([, hex, decimal]) => codeOf(hex, decimal));
  if (codes.some((code) => code > LAST_CHARACTER)) return undefined;
  return raw.replaceAll(ENTITY, (_, hex: string | undefined, decimal: string | undefined, name: string | undefined) =>
    name === undefined ? String.fromCodePoint(codeOf(hex, decimal)) : (NAMED[name] ?? ""),
  );
}

const LAST_CHARACTER = 0x10ffff;

function codeOf(hex: string | undefined, decimal: string | undefined): number {
  return hex === undefined ? Number(decimal ?? 0) : Number.parseInt(hex, 16);
}

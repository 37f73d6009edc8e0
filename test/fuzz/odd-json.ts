import type { Random } from "#test/fuzz/random";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Raw JSON tokens, some of which `JSON.parse` takes and Go does not, or the other way round, or neither. */
const TOKENS = [
  ...["null", "true", "[]", "{}", "[[]]", '""', "0", "-1", "0.5", "1e308", "1e999", "-0", "01", "+1", "Nan", "0x10"],
  ...["9007199254740993", "-9223372036854775808", "18446744073709551616", '"0"', "[null]", '{"":null}', "undef"],
  ...['"\\ud800"', '"\\u0000"', '"\u202e"', '"__proto__"', '"01M7VA00000000000000000000"', '"-1"'],
  ...["253402300799999", "253402300800000", "-62135596800000", "-62135596800001", "2", "300000", "3600000"],
] as const;

/** Any token, or something long or deep. */
export function oddToken(random: Random): string {
  if (random.oneIn(400)) return `"${"x".repeat(random.int(100_000))}"`;
  if (random.oneIn(400)) return nested(random, 1 + random.int(20_000));
  if (random.oneIn(400)) return `[${Array.from({ length: random.int(5000) }, (_, index) => index).join()}]`;
  return random.pick(TOKENS);
}

export function nested(random: Random, depth: number): string {
  return random.oneIn(2) ? "[".repeat(depth) + "]".repeat(depth) : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

/** The value as text, with one thing in it replaced, removed, doubled, renamed or wrapped. */
export function mutateJson(value: Json, random: Random): string {
  const target = random.int(countOf(value));
  const change = random.pick([replaced, removed, doubled, renamed, wrapped, shifted, shifted]);
  let seen = 0;
  function write(of: Json, name?: string): string {
    const isTarget = seen === target;
    seen += 1;
    const text = bodyOf(of, write);
    return isTarget ? change({ name, text }, random) : member(name, text);
  }
  return write(value);
}

interface Target {
  readonly name: string | undefined;
  readonly text: string;
}

function countOf(value: Json): number {
  if (value === null || typeof value !== "object") return 1;
  return Object.values(value).reduce((sum: number, each) => sum + countOf(each), 1);
}

function bodyOf(value: Json, write: (of: Json, name?: string) => string): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${list(value.map((each) => write(each)))}]`;
  return `{${list(Object.entries(value).map(([name, each]) => write(each, name)))}}`;
}

function list(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join();
}

function member(name: string | undefined, text: string): string {
  return name === undefined ? text : `${JSON.stringify(name)}:${text}`;
}

function replaced({ name }: Target, random: Random): string {
  return member(name, oddToken(random));
}

function removed(): string {
  return "";
}

function doubled({ name, text }: Target, random: Random): string {
  const again = member(random.oneIn(2) ? name : name?.toUpperCase(), random.oneIn(2) ? text : oddToken(random));
  return `${member(name, text)},${again}`;
}

function renamed({ name, text }: Target, random: Random): string {
  const other = random.pick([
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "",
    "\u0000",
    "ulid",
    "hasOwnProperty",
  ]);
  return member(name === undefined ? undefined : other, text);
}

function wrapped({ name, text }: Target, random: Random): string {
  return member(name, random.oneIn(2) ? `[${text}]` : `{"a":${text}}`);
}

/** A number a little, or far, from what it was; a string with a character more. */
function shifted({ name, text }: Target, random: Random): string {
  const number = Number(text);
  if (text === "" || Number.isNaN(number))
    return member(name, text.replace(/"$/, `${random.pick(["Z", "0", "é", "/", " "])}"`));
  const by = random.pick([
    1,
    -1,
    60_000,
    -60_000,
    7_200_000,
    -7_200_000,
    30 * 86_400_000,
    -1e12,
    1e12,
    -number,
    number,
  ]);
  return member(name, String(number + by));
}

/** Bytes with one or two things wrong in them: cut, a bit turned, a part doubled or taken out, or other bytes put in. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.int(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.int(64));
  switch (random.int(6)) {
    case 0:
      return bytes.slice(0, at);
    case 1:
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << random.int(8)) : byte));
    case 2:
      return Buffer.concat([bytes.slice(0, end), bytes.slice(at)]);
    case 3:
      return Buffer.concat([bytes.slice(0, at), bytes.slice(end)]);
    case 4:
      return Buffer.concat([bytes.slice(0, at), random.bytes(random.int(32)), bytes.slice(at)]);
    default:
      return random.bytes(random.int(400));
  }
}

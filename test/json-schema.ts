/**
 * Validates by the part of JSON Schema 2020-12 that our published schemas use. Any other keyword is an error, so that none is
 * passed over. `format` is asserted. With `closed`, what `properties` does not name is one as well.
 */
export interface JsonSchemaOptions {
  readonly closed?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
interface At {
  readonly schema: Fields;
  readonly value: unknown;
  readonly path: string;
  readonly closed: boolean;
}
type Keyword = (of: unknown, at: At) => readonly string[];

const ANNOTATIONS = new Set(["$schema", "$id", "title", "description"]);
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** What of `value` breaks the schema, one line each. Throws for a schema that it cannot read. */
export function jsonSchemaProblems(
  schema: unknown,
  value: unknown,
  { closed = false }: JsonSchemaOptions = {},
): readonly string[] {
  return problems({ schema: fieldsOf(schema), value, path: "$", closed });
}

function problems(at: At): readonly string[] {
  return Object.entries(at.schema).flatMap(([name, of]) => {
    if (ANNOTATIONS.has(name)) return [];
    const keyword = KEYWORDS.get(name);
    if (keyword === undefined) throw new Error(`${at.path}: unknown keyword ${name}`);
    return keyword(of, at);
  });
}

const KEYWORDS: ReadonlyMap<string, Keyword> = new Map<string, Keyword>([
  ["type", (of, { value, path }) => failIf(!listOf(of).some((type) => isOfType(value, type)), `${path} is no ${of}`)],
  ["const", (of, { value, path }) => failIf(value !== of, `${path} is not ${of}`)],
  ["enum", (of, { value, path }) => failIf(!listOf(of).includes(value), `${path} is none of ${of}: ${value}`)],
  [
    "minimum",
    (of, { value, path }) => failIf(typeof value === "number" && value < Number(of), `${path} is below ${of}`),
  ],
  [
    "minLength",
    (of, { value, path }) => failIf(typeof value === "string" && value.length < Number(of), `${path} is too short`),
  ],
  [
    "pattern",
    (of, { value, path }) =>
      failIf(
        typeof value === "string" && !new RegExp(String(of), "u").test(value),
        `${path} does not match ${of}: ${value}`,
      ),
  ],
  ["format", format],
  [
    "required",
    (of, { value, path }) =>
      isFields(value)
        ? listOf(of).flatMap((name) => failIf(!Object.hasOwn(value, String(name)), `${path}.${name} is missing`))
        : [],
  ],
  ["properties", properties],
  ["additionalProperties", additional],
  [
    "items",
    (of, { value, path, closed }) =>
      Array.isArray(value)
        ? value.flatMap((item, index) =>
            problems({ schema: fieldsOf(of), value: item, path: `${path}[${index}]`, closed }),
          )
        : [],
  ],
]);

function format(of: unknown, { value, path }: At): readonly string[] {
  if (of !== "date-time") throw new Error(`${path}: unknown format ${of}`);
  const isBad = typeof value === "string" && (!INSTANT.test(value) || Number.isNaN(Date.parse(value)));
  return failIf(isBad, `${path} is no date-time: ${value}`);
}

function properties(of: unknown, { schema, value, path, closed }: At): readonly string[] {
  if (!isFields(value)) return [];
  const named = fieldsOf(of);
  const isOpen = !closed || schema.additionalProperties !== undefined;
  return Object.entries(value).flatMap(([name, inner]) => {
    const own = Object.hasOwn(named, name) ? named[name] : undefined;
    if (own === undefined) return failIf(!isOpen, `${path}.${name} is not in the schema`);
    return problems({ schema: fieldsOf(own), value: inner, path: `${path}.${name}`, closed });
  });
}

function additional(of: unknown, { schema, value, path, closed }: At): readonly string[] {
  if (!isFields(value)) return [];
  const named = schema.properties === undefined ? {} : fieldsOf(schema.properties);
  return Object.entries(value)
    .filter(([name]) => !Object.hasOwn(named, name))
    .flatMap(([name, inner]) => problems({ schema: fieldsOf(of), value: inner, path: `${path}.${name}`, closed }));
}

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isFields(value);
    case "integer":
      return Number.isInteger(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
    default:
      throw new Error(`unknown type ${type}`);
  }
}

function failIf(isBad: boolean, text: string): readonly string[] {
  return isBad ? [text] : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  if (isFields(value)) return value;
  throw new Error(`no schema: ${JSON.stringify(value)}`);
}

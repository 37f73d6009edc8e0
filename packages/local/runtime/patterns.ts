import { compileMatcher, type Match, type Operator, patternError } from "#local/runtime/matchers";

const EVENT_OPERATORS = [
  "prefix",
  "suffix",
  "anything-but",
  "exists",
  "numeric",
  "equals-ignore-case",
  "wildcard",
] as const satisfies readonly Operator[];

const ATTRIBUTE_OPERATORS = EVENT_OPERATORS.filter((operator) => operator !== "wildcard");

/** SNS developer guide, "Filter policy constraints". */
const MAX_POLICY_KEYS = 5;

/**
 * An EventBridge event pattern: fields are and-ed, the values of a field or-ed, `$or` is a list of patterns. An array in
 * the event matches when any of its elements does; `anything-but` needs the field to be there.
 * @throws TerminalError `bad-pattern` on anything that EventBridge would refuse or that is not understood here
 */
export function compilePattern(pattern: unknown, where = "pattern"): Match {
  if (!isObject(pattern) || Object.keys(pattern).length === 0) {
    throw patternError(where, pattern, "Write an object with at least one field.");
  }
  const fields = Object.entries(pattern).map(([field, condition]) => {
    const at = `${where}.${field}`;
    if (field === "$or") return anyOf(alternativesAt(condition, at));
    const match = Array.isArray(condition) ? compileLeaf(condition, at) : compileBranch(condition, at);
    return (value: unknown) => match(isObject(value) ? value[field] : undefined);
  });
  return (value) => fields.every((match) => match(value));
}

/**
 * An SNS filter policy on message attributes: every key has to match; a missing attribute matches `exists: false` alone.
 * A number in an attribute's text is compared by `numeric`. Of a message without any attribute SNS takes nothing to be
 * missing: it passes no filter but the empty one.
 * @throws TerminalError `bad-pattern`
 */
export function compileFilter(filter: unknown, where = "filter"): (attributes: Attributes) => boolean {
  if (!isObject(filter)) throw patternError(where, filter, "Write an object of attributes.");
  const entries = Object.entries(filter);
  if (entries.length > MAX_POLICY_KEYS)
    throw patternError(where, filter, `Filter on ${MAX_POLICY_KEYS} attributes at most.`);
  const tests = entries.map(([name, condition]) => {
    const match = anyOf(
      valuesAt(condition, `${where}.${name}`).map((one) =>
        isNumeric(one)
          ? onNumber(compileMatcher(one, ATTRIBUTE_OPERATORS, `${where}.${name}`))
          : compileMatcher(one, ATTRIBUTE_OPERATORS, `${where}.${name}`),
      ),
    );
    return (attributes: Attributes) => match(attributes[name]);
  });
  const isEmpty = tests.length === 0;
  return (attributes) => isEmpty || (Object.keys(attributes).length > 0 && tests.every((test) => test(attributes)));
}

type Attributes = Readonly<Record<string, string>>;

function isNumeric(matcher: unknown): boolean {
  return typeof matcher === "number" || (isObject(matcher) && "numeric" in matcher);
}

function onNumber(match: Match): Match {
  return (value) => typeof value === "string" && value.trim() !== "" && match(Number(value));
}

function compileBranch(condition: unknown, where: string): Match {
  const match = compilePattern(condition, where);
  return (value) => (Array.isArray(value) && value.length > 0 ? value.some(match) : match(value));
}

function compileLeaf(condition: readonly unknown[], where: string): Match {
  const match = anyOf(valuesAt(condition, where).map((one) => compileMatcher(one, EVENT_OPERATORS, where)));
  return (value) => leavesOf(value).some(match);
}

/** What a leaf of a pattern is held against: `exists` works on leaves only, so an object or an empty array is not there. */
function leavesOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [isObject(value) ? undefined : value];
  const leaves = value.flat(Number.POSITIVE_INFINITY).filter((one) => !isObject(one));
  return leaves.length === 0 ? [undefined] : leaves;
}

function alternativesAt(condition: unknown, where: string): Match[] {
  return valuesAt(condition, where).map((one, index) => compilePattern(one, `${where}.${index}`));
}

function valuesAt(condition: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(condition) || condition.length === 0) {
    throw patternError(where, condition, "Write a list with at least one value.");
  }
  return condition;
}

function anyOf(matches: readonly Match[]): Match {
  return (value) => matches.some((match) => match(value));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

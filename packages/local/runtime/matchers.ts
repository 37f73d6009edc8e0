import { TerminalError } from "#fleet/errors";

/** Whether one value passes; undefined stands for a field or attribute that is not there. */
export type Match = (value: unknown) => boolean;

export type Operator = "prefix" | "suffix" | "anything-but" | "exists" | "numeric" | "equals-ignore-case" | "wildcard";

/** Names the place in a pattern that cannot be understood. */
export function patternError(where: string, value: unknown, remedy: string): TerminalError {
  return new TerminalError(`the pattern at ${where} cannot be understood: ${JSON.stringify(value)}`, {
    remedy,
    reason: "bad-pattern",
    field: where,
    value,
  });
}

/**
 * One value or content filter of an EventBridge pattern or an SNS filter policy. An operator that is not in `allowed`
 * is refused: a filter that silently never matches loses events.
 * Rules: EventBridge user guide, "Comparison operators"; SNS developer guide, "Subscription filter policies".
 */
export function compileMatcher(matcher: unknown, allowed: readonly Operator[], where: string): Match {
  if (typeof matcher !== "object" || matcher === null) return (value) => value === matcher;
  const entries = Object.entries(matcher);
  const [name, operand] = entries[0] ?? ["", undefined];
  const operator = allowed.find((known) => known === name);
  if (entries.length !== 1 || operator === undefined) {
    throw patternError(where, matcher, `Write one operator, one of: ${allowed.join(", ")}.`);
  }
  return OPERATORS[operator](operand, `${where}.${name}`);
}

const OPERATORS: Readonly<Record<Operator, (operand: unknown, where: string) => Match>> = {
  prefix: (operand, where) => affix(operand, where, (value, text) => value.startsWith(text)),
  suffix: (operand, where) => affix(operand, where, (value, text) => value.endsWith(text)),
  "equals-ignore-case": (operand, where) => {
    const text = textAt(operand, where).toLowerCase();
    return onText((value) => value.toLowerCase() === text);
  },
  wildcard: (operand, where) => {
    const pattern = wildcardOf(textAt(operand, where), where);
    return onText((value) => pattern.test(value));
  },
  exists: (operand, where) => {
    if (typeof operand !== "boolean") throw patternError(where, operand, "Write true or false.");
    return (value) => (value !== undefined) === operand;
  },
  "anything-but": anythingBut,
  numeric: (operand, where) => {
    const tests = comparisonsOf(operand, where);
    return (value) => typeof value === "number" && tests.every((test) => test(value));
  },
};

function anythingBut(operand: unknown, where: string): Match {
  const excluded = Array.isArray(operand) ? operand : [operand];
  if (excluded.length === 0) throw patternError(where, operand, "Name at least one value.");
  const matches = excluded.flatMap((one) => excludedBy(one, where));
  return (value) => value !== undefined && !matches.some((match) => match(value));
}

const INSIDE_ANYTHING_BUT = ["prefix", "suffix", "wildcard", "equals-ignore-case"] as const;

function excludedBy(excluded: unknown, where: string): Match[] {
  if (typeof excluded === "string" || typeof excluded === "number") return [(value) => value === excluded];
  if (typeof excluded !== "object" || excluded === null || Array.isArray(excluded)) {
    throw patternError(where, excluded, "Write strings, numbers, or one operator with a string or strings.");
  }
  return Object.entries(excluded).flatMap(([name, operand]) =>
    (Array.isArray(operand) ? operand : [operand]).map((one) =>
      compileMatcher({ [name]: one }, INSIDE_ANYTHING_BUT, where),
    ),
  );
}

function affix(operand: unknown, where: string, test: (value: string, text: string) => boolean): Match {
  if (typeof operand !== "object" || operand === null) {
    const text = textAt(operand, where);
    return onText((value) => test(value, text));
  }
  const text = textAt("equals-ignore-case" in operand ? operand["equals-ignore-case"] : operand, where).toLowerCase();
  return onText((value) => test(value.toLowerCase(), text));
}

function onText(test: (value: string) => boolean): Match {
  return (value) => typeof value === "string" && test(value);
}

function textAt(operand: unknown, where: string): string {
  if (typeof operand !== "string") throw patternError(where, operand, "Write a string.");
  return operand;
}

/** `*` is any run of characters; `\*` and `\\` stand for themselves. */
function wildcardOf(text: string, where: string): RegExp {
  const tokens = text.match(/\\[\s\S]|[\s\S]/g) ?? [];
  const bad = tokens.some(
    (token, index) =>
      (token.startsWith("\\") && token !== "\\*" && token !== "\\\\") || (token === "*" && tokens[index + 1] === "*"),
  );
  if (bad) throw patternError(where, text, "Write single stars; escape only a star or a backslash.");
  const source = tokens.map((token) => (token === "*" ? "[\\s\\S]*" : escaped(token.at(-1) ?? "")));
  return new RegExp(`^${source.join("")}$`, "u");
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  "=": (value, limit) => value === limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
};

function comparisonsOf(operand: unknown, where: string): ((value: number) => boolean)[] {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const pairs = [parts.slice(0, 2), parts.slice(2, 4)].filter((pair) => pair.length > 0);
  const tests = pairs.flatMap(([sign, limit]) => {
    const compare = typeof sign === "string" ? COMPARISONS[sign] : undefined;
    return compare === undefined || typeof limit !== "number" ? [] : [(value: number) => compare(value, limit)];
  });
  if (tests.length === 0 || tests.length !== pairs.length || parts.length > 4) {
    throw patternError(where, operand, 'Write one comparison or a range: [">=", 0, "<", 5].');
  }
  return tests;
}

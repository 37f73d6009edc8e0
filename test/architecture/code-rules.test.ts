import { describe, expect, it } from "vitest";
import { sourceFiles } from "#test/architecture/source-files";

const files = sourceFiles("{packages,functions,stacks,test}/**/*.ts");
const MAX_LINES = 300;
/** Strings and line comments: what is said in words breaks no rule. */
const WORDS = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\\n]|\\.)*`|^\s*(?:\/\/|\/?\*).*$/gm;

interface Rule {
  /** Whether words count as well as code. */
  readonly everywhere?: boolean;
  readonly name: string;
  readonly pattern: RegExp;
  /** A line of code that breaks it, so that the rule itself is tested; put together, or this file would break it. */
  readonly broken: string;
}

const RULES: readonly Rule[] = [
  {
    name: "a value of type any",
    pattern: /(?:[:<|&,]|\bas|=>)\s*any\b(?!-)|\bany\[\]/,
    broken: `const x: ${"any"} = 1;`,
  },
  { name: "a cast through unknown", pattern: /\bas unknown as\b/, broken: `x as ${"unknown"} as Y` },
  {
    everywhere: true,
    name: "a silenced type error",
    pattern: /@ts-(?:ignore|expect-error|nocheck)/,
    broken: `// @ts-${"ignore"}`,
  },
  {
    name: "a test that is left out or runs alone",
    pattern: /\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|fails|skipIf|runIf)\b|\bx(?:it|describe)\(/,
    broken: `it.${"skip"}("x")`,
  },
  { name: "a mocked module", pattern: /\bvi\.(?:mock|doMock|hoisted)\(/, broken: `vi.${"mock"}("#x/y")` },
  { name: "a swallowed error", pattern: /\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/, broken: `try { x() } catch ${"{ }"}` },
  {
    name: "an error answered with nothing",
    pattern: /\.catch\(\s*\(\s*\w*\s*\)\s*=>\s*\{\s*\}\s*\)/,
    broken: `x.catch(() => ${"{}"})`,
  },
  { name: "a snapshot", pattern: /\btoMatch(?:Inline|File)?Snapshot\(/, broken: `expect(x).to${"MatchSnapshot"}()` },
];

describe.each(RULES)("no file holds $name", ({ pattern, broken, everywhere = false }) => {
  const breaks = (text: string) => pattern.test(everywhere ? text : text.replaceAll(WORDS, ""));

  it("which would be seen", () => {
    expect(breaks(broken)).toBe(true);
  });

  it("anywhere", () => {
    expect(files.filter(({ text }) => breaks(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("a file of the product", () => {
  it(`has ${MAX_LINES} lines at most`, () => {
    const long = files.filter(({ path, text }) => !path.startsWith("test/") && text.split("\n").length > MAX_LINES);

    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

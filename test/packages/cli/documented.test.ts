import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { program } from "#cli/program";
import { fakeCli } from "#test/fakes/cli";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Shown {
  readonly where: string;
  /** As a person would type it, without what a shell takes away. */
  readonly line: string;
}

/** Every `musterbook ...` in code: a block's line, continued lines among them, or a piece of text between backticks. */
function shownIn(where: string, text: string): readonly Shown[] {
  const whole = text.replace(/\s*\\\n\s*/g, " ");
  const blocks = [...whole.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
  const outside = whole.replace(/^```.*?^```/gms, "");
  const inline = [...outside.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return [...blocks, ...inline].flatMap((code) => {
    const [, line] = /^(?:\$ )?(?:npx )?musterbook( .*)$/.exec(code.trim()) ?? [];
    return line === undefined ? [] : [{ where, line: line.trim() }];
  });
}

/** Words of a shell, up to where it would send the output elsewhere or the text goes on about it. */
function words(line: string): readonly string[] {
  const [command = ""] = line.split(/\s(?:>|\||#|&&|;)|\s{2,}/);
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(<[^>]*>|\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}

/** What is wrong with a command line, without running it. */
async function faultsOf(line: string): Promise<readonly string[]> {
  let command: Command = await program(fakeCli());
  let rest = [...words(line)];
  for (let next = childOf(command, rest); next !== undefined; next = childOf(command, rest)) {
    command = next;
    rest = rest.slice(1);
  }
  if (command.commands.length > 0) return rest.some((word) => !word.startsWith("-")) ? [`no command ${rest[0]}`] : [];
  const { operands, unknown } = command.parseOptions(rest);
  const { registeredArguments } = command;
  const needed = registeredArguments.filter(({ required }) => required).length;
  const most = registeredArguments.some(({ variadic }) => variadic)
    ? Number.POSITIVE_INFINITY
    : registeredArguments.length;
  // The name of a command alone is a mention of it, and no example.
  const isMention = rest.length === 0 || rest.includes("--help");
  return [
    ...unknown.filter((word) => !["--help", "-h"].includes(word)).map((word) => `no option ${word}`),
    ...(operands.length > most ? [`too many arguments: ${operands.join(" ")}`] : []),
    ...(operands.length < needed && !isMention ? [`an argument is missing`] : []),
    ...(isMention ? [] : missingOptions(command)),
  ];
}

function childOf(command: Command, [word]: readonly string[]): Command | undefined {
  return command.commands.find((child) => child.name() === word || child.aliases().includes(word ?? ""));
}

function missingOptions(command: Command): readonly string[] {
  return command.options
    .filter((option) => option.mandatory && command.getOptionValue(option.attributeName()) === undefined)
    .map(({ long }) => `${long} is missing`);
}

async function pages(): Promise<readonly Shown[]> {
  const docs = (await readdir(`${ROOT}docs`)).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`);
  const texts = ["README.md", "CONTRIBUTING.md", ...docs].map(async (path) =>
    shownIn(path, await readFile(`${ROOT}${path}`, "utf8")),
  );
  return (await Promise.all(texts)).flat();
}

/** Each command that runs something, with its help. */
function helps(command: Command, path: readonly string[]): readonly Shown[] {
  const help: string[] = [];
  command.configureOutput({ writeOut: (text) => void help.push(text) }).outputHelp();
  const where = [...path, "--help"].join(" ");
  const text = help.join("").replace(/\s*\\\n\s*/g, " ");
  const own = shownIn(where, text.replace(/^ {2}(\$ musterbook .*)$/gm, "`$1`"));
  return [...own, ...command.commands.flatMap((child) => helps(child, [...path, child.name()]))];
}

const documented = [...(await pages()), ...helps(await program(fakeCli({ columns: 200 })), ["musterbook"])];

describe("what is shown to people to type", () => {
  it("is found", () => {
    const places = new Set(documented.map(({ where }) => where));

    expect(documented.length).toBeGreaterThan(40);
    expect([...places]).toEqual(
      expect.arrayContaining(["README.md", "docs/deploy.md", "musterbook doctor --help", "musterbook members --help"]),
    );
  });

  it.each(documented)("exists as it is shown in $where: musterbook $line", async ({ line }) => {
    expect(await faultsOf(line)).toEqual([]);
  });
});

describe("this check", () => {
  it.each([
    ["audti s3://blocks", ["no command audti"]],
    ["audit s3://blocks --nwo x", ["no option --nwo", "no option x"]],
    ["drill arn:x", ["--hub-region is missing"]],
    ["doctor now --hub-region eu-west-1", ["too many arguments: now"]],
    ["members render --hub-region eu-west-1 > member.json", []],
    ['drill "$ARN" --hub-region eu-west-1 --output json', []],
    ["members", []],
  ])("judges musterbook %s", async (line, faults) => {
    expect(await faultsOf(line)).toEqual(faults);
  });
});

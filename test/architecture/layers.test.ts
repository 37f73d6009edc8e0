import { describe, expect, it } from "vitest";
import { sourceFiles } from "#test/architecture/source-files";

/** What each room may import of the others: downwards only (docs/architecture.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  config: [],
  fleet: ["config"],
  stores: ["fleet", "config"],
  blocks: ["fleet", "config"],
  alerts: ["stores", "blocks", "fleet", "config"],
  profiles: ["fleet", "config"],
  onboard: ["stores", "profiles", "fleet", "config"],
  report: ["doctor", "members", "onboard", "stores", "blocks", "alerts", "fleet", "config"],
  kube: ["onboard", "fleet", "config"],
  helm: ["onboard", "fleet", "config"],
  aws: ["doctor", "members", "kube", "helm", "onboard", "stores", "blocks", "alerts", "fleet", "config"],
  doctor: ["fleet", "config"],
  members: ["fleet", "config", "stacks"],
  "sst-graph": [],
  local: ["kube", "helm", "onboard", "stores", "blocks", "alerts", "fleet", "config", "stacks"],
  cli: ["*"],
  stacks: ["aws", "fleet", "config"],
  functions: [
    "aws",
    "helm",
    "report",
    "onboard",
    "stores",
    "blocks",
    "alerts",
    "profiles",
    "fleet",
    "config",
    "stacks",
  ],
};

function roomOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return top === "packages" ? second : top;
}

const files = sourceFiles("packages/**/*.ts", "functions/**/*.ts", "stacks/**/*.ts");

describe("the layers", () => {
  it("are all known", () => {
    expect(new Set(files.map(({ path }) => roomOf(path)))).toEqual(new Set(Object.keys(MAY_IMPORT)));
  });

  it.each(files.map((file) => [file.path, file] as const))("%s imports downwards only", (path, { imports }) => {
    const room = roomOf(path);
    const allowed = MAY_IMPORT[room] ?? [];

    const rooms = imports.filter((name) => name.startsWith("#")).map((name) => name.slice(1).split("/")[0] ?? "");
    const upwards = rooms.filter((other) => other !== room && !allowed.includes(other) && !allowed.includes("*"));

    expect(upwards).toEqual([]);
  });

  it("are reached by their names, never by a path upwards", () => {
    expect(files.filter(({ imports }) => imports.some((name) => name.startsWith("..")))).toEqual([]);
  });
});

describe("packages", () => {
  const packages = files.filter(({ path }) => path.startsWith("packages/"));

  it("know no Lambda types", () => {
    expect(packages.filter(({ imports }) => imports.includes("aws-lambda")).map(({ path }) => path)).toEqual([]);
  });

  it("do not read the environment, but for the command line", () => {
    const readers = packages.filter(
      ({ path, text }) => !path.startsWith("packages/cli/") && text.includes("process.env"),
    );
    expect(readers.map(({ path }) => path)).toEqual([]);
  });

  it("take the time from a clock", () => {
    const readers = packages.filter(
      ({ path, text }) =>
        !path.startsWith("packages/cli/") &&
        path !== "packages/fleet/clock.ts" &&
        /\bnew Date\(\)|\bDate\.now\(\)/.test(text),
    );
    expect(readers.map(({ path }) => path)).toEqual([]);
  });
});

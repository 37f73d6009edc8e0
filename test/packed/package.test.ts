import { readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { materialise } from "#local/recorded-bucket";
import { evaluate } from "#sst-graph/evaluate";
import { functions } from "#stacks/wiring";
import { recordingOf } from "#test/factories/recorded-bucket";
import { type Installed, installPackage } from "#test/packed/installed";
import { THERE } from "#test/stacks/graph";
import { platform, ROOT } from "#test/stacks/platform";

/*
 * What a user has who never sees this repository: the npm package in an empty folder, with the two files that docs/deploy.md
 * tells him to write, word for word.
 */

const PATIENCE_MS = 600_000;
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

const guide = await readFile(join(ROOT, "docs/deploy.md"), "utf8");
const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""]) => block);
const [auditOnly = "", fleet = ""] = blocks.filter((block) => block.includes("defineFleet("));
const [program = ""] = blocks.filter((block) => block.includes("$config("));

let installed: Installed;

beforeAll(async () => {
  installed = await installPackage({
    "fleet.config.ts": fleet,
    "sst.config.ts": program,
    "audit.config.ts": auditOnly,
    "audit-sst.config.ts": program.replace("./fleet.config", "./audit.config"),
    "wrong.config.ts": fleet.replace("zone:", "zoen:"),
  });
}, PATIENCE_MS);

afterAll(() => rm(dirname(installed.folder), { recursive: true, force: true }));

describe("the package", () => {
  it("holds JavaScript with declarations, charts, functions and stacks, and neither sources nor tests", () => {
    const { files } = installed;
    const entries = Object.keys(functions).map((name) => `dist/functions/entry/${name}.js`);

    expect(files).toEqual(expect.arrayContaining(entries));
    expect(files).toEqual(
      expect.arrayContaining(["dist/stacks/all.js", "dist/stacks/all.d.ts", "dist/charts/charts.json"]),
    );
    expect(files.filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))).toEqual([]);
    expect(files.filter((path) => /(?:^|\/)test\//.test(path) && !path.includes("/data/buckets/"))).toEqual([]);
    expect(files.filter((path) => path.includes("sst-graph"))).toEqual([]);
  });
});

describe("a folder with a fleet.config.ts and a sst.config.ts of six lines", () => {
  const check = (...files: readonly string[]) => {
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2024", "--module", "esnext"];
    return installed.run(process.execPath, TSC, ...options, "--moduleResolution", "bundler", ...files);
  };

  it("is small", () => {
    expect(program.trimEnd().split("\n")).toHaveLength(6);
  });

  it(
    "type-checks, and a field that is mistyped does not",
    async () => {
      expect(await check("sst.config.ts", "fleet.config.ts", "audit.config.ts")).toMatchObject({ code: 0, stdout: "" });
      expect(await check("wrong.config.ts")).toMatchObject({
        stdout: expect.stringContaining("'zoen' does not exist"),
      });
    },
    PATIENCE_MS,
  );

  it(
    "evaluates to the whole installation, its functions bundled from the package",
    async () => {
      const graph = await evaluate({
        ...{ root: installed.folder, stage: "prod", platform: await platform() },
        ...{ answers: THERE, bundles: "real", patience: PATIENCE_MS },
      });

      expect(graph.errors).toEqual([]);
      expect(graph.app).toMatchObject({ name: "musterbook", removal: "retain", protect: true });
      expect(graph.builds.map(({ handler }) => handler).sort()).toEqual(
        Object.keys(functions)
          .map((name) => `node_modules/musterbook/dist/functions/entry/${name}.handler`)
          .sort(),
      );
      expect(graph.builds.filter(({ bytes }) => bytes === null)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it(
    "evaluates to an audit alone",
    async () => {
      const graph = await evaluate({
        ...{ root: installed.folder, stage: "dev", config: "audit-sst.config.ts" },
        ...{ platform: await platform(), answers: THERE },
      });

      expect(graph.errors).toEqual([]);
      expect(graph.app.removal).toBe("remove");
      expect(graph.builds.map(({ handler }) => basename(handler, ".handler")).sort()).toEqual([
        "audit-bucket",
        "enqueue-audits",
        "enqueue-listings",
        "index-block",
        "list-bucket",
        "publish-alerts",
      ]);
    },
    PATIENCE_MS,
  );
});

describe("npx musterbook", () => {
  it(
    "audits a recorded bucket",
    async () => {
      const bucket = join(installed.folder, "recorded");
      await materialise(recordingOf("overlap-same-labels"), bucket);

      const { code, stdout } = await installed.run("npx", "--no-install", "musterbook", "audit", bucket, ...NOW);

      expect(code).toBe(1);
      expect(stdout).toContain("compactor.will-halt");
    },
    PATIENCE_MS,
  );

  it("is of the package's version", async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as { readonly version: string };
    expect(await installed.run("npx", "--no-install", "musterbook", "--version")).toMatchObject({
      code: 0,
      stdout: `${version}\n`,
    });
  });
});

const NOW = ["--now", "2026-11-20T13:10:00Z"];

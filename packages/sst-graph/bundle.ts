import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Loader, type Plugin } from "esbuild";
import { type App, isRecord } from "#sst-graph/graph";
import type { PulumiProgram } from "#sst-graph/pulumi";
import { completeApp, type Request } from "#sst-graph/request";

/*
 * Two bundles, made with the options of the SST CLI (pkg/js/js.go, pkg/project/project.go and run.go of 4.17.1): one to
 * ask the program for its app, one to run it. Both lie inside of the platform, where Node finds what they leave out.
 */

/** Asks `app()` and completes the answer as the CLI does. */
export async function readApp(request: Request): Promise<App> {
  const loaded = await load(request, {
    contents: `import mod from ${programOf(request)};\nexport default await mod.app($input);\n`,
    banner: "globalThis.$config = (input) => input;",
    define: { $input: JSON.stringify({ stage: request.stage }) },
    inject: [],
    plugins: [],
  });
  return completeApp(isRecord(loaded) ? loaded.default : undefined, request.stage);
}

/** Bundles and loads the program; nothing of it has run yet. */
export async function loadProgram(request: Request, app: App): Promise<PulumiProgram> {
  const { platform, root, work, home } = request;
  const dev = request.command === "dev";
  const paths = { home, root, work, platform };
  const contents = [
    `import mod from ${programOf(request)};`,
    `import { run } from ${JSON.stringify(join(platform, "src/auto/run.ts"))};`,
    `import * as pulumi from "@pulumi/pulumi";`,
    `import * as settings from "@pulumi/pulumi/runtime/settings.js";`,
    `export { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";`,
    "export { pulumi, settings };",
    "export const program = () => run(mod.run);",
  ];
  const loaded = await load(request, {
    contents: contents.join("\n"),
    banner: "",
    define: {
      $app: JSON.stringify(app),
      $dev: String(dev),
      $cli: JSON.stringify({ command: request.command, dev, paths, state: { version: {} } }),
    },
    inject: [join(platform, "src/shim/run.js")],
    plugins: [stableNames(platform), globals(platform)],
  });
  // The contents above say what the module exports.
  return loaded as PulumiProgram;
}

interface Bundle {
  readonly contents: string;
  readonly banner: string;
  readonly define: Readonly<Record<string, string>>;
  readonly inject: string[];
  readonly plugins: Plugin[];
}

const REQUIRE_BANNER = [
  `import { createRequire as topLevelCreateRequire } from "node:module";`,
  `import { fileURLToPath as topLevelFileUrlToPath } from "node:url";`,
  "const require = topLevelCreateRequire(import.meta.url);",
  "const __filename = topLevelFileUrlToPath(import.meta.url);",
  `const __dirname = topLevelFileUrlToPath(new URL(".", import.meta.url));`,
].join("\n");

const EXTERNAL = [
  ...["@pulumi/*", "undici", "@pulumiverse/*", "@sst-provider/*", "@aws-sdk/*"],
  ...["esbuild", "archiver", "glob", "vite"],
];

/** A fresh name per run: several evaluations may share one platform. */
async function load({ root, platform }: Request, bundle: Bundle): Promise<unknown> {
  const outfile = join(platform, `sst-graph.${randomUUID()}.mjs`);
  try {
    await build({
      stdin: { contents: bundle.contents, resolveDir: root, sourcefile: "sst-graph.ts", loader: "ts" },
      outfile,
      bundle: true,
      format: "esm",
      platform: "node",
      mainFields: ["module", "main"],
      sourcemap: "linked",
      nodePaths: [join(platform, "node_modules")],
      external: EXTERNAL,
      banner: { js: `${REQUIRE_BANNER}\n${bundle.banner}` },
      define: { ...bundle.define },
      inject: bundle.inject,
      plugins: bundle.plugins,
      logLevel: "silent",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(outfile, { force: true });
    await rm(`${outfile}.map`, { force: true });
  }
}

function programOf({ root, config }: Request): string {
  return JSON.stringify(join(root, config));
}

/** The globals `sst` and `aws` of every file of the project. */
function globals(platform: string): Plugin {
  const prefix = [
    `import * as aws from "@pulumi/aws";`,
    `import * as sst from ${JSON.stringify(join(platform, "src/components"))};`,
  ].join("\n");
  return {
    name: "globals",
    setup(setup) {
      setup.onLoad({ filter: /\.(?:js|ts|jsx|tsx)$/ }, async ({ path }) => {
        if (path.startsWith(platform + sep)) return undefined;
        return { contents: `${prefix}\n${await readFile(path, "utf8")}`, loader: loaderOf(path) };
      });
    },
  };
}

function loaderOf(path: string): Loader {
  return extname(path) === ".jsx" ? "jsx" : extname(path) === ".tsx" ? "tsx" : extname(path) === ".js" ? "js" : "ts";
}

const RANDOM = `crypto.randomBytes(8).toString("hex")`;
/** Random names are hashed from this instead: the same in every run, others in every stage. */
const STABLE = `[$app.name, $app.stage, name].join(" ")`;

function stableNames(platform: string): Plugin {
  const naming = join(platform, "src/components/naming.ts");
  return {
    name: "stable-names",
    setup(setup) {
      setup.onLoad({ filter: /naming\.ts$/ }, async ({ path }) => {
        if (path !== naming) return undefined;
        const source = await readFile(path, "utf8");
        if (!source.includes(RANDOM)) throw new Error(`${path} makes names in another way than SST 4.17.1`);
        return { contents: source.replace(RANDOM, STABLE), loader: "ts" };
      });
    },
  };
}

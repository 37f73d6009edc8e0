import { execFile } from "node:child_process";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as v from "valibot";

/*
 * Makes `dist/`, which the npm package is: this tree again, with JavaScript in place of TypeScript. It has a package.json of
 * its own, whose subpath imports lead to that JavaScript, so that nothing in the sources has to know of it. `npm pack` calls it.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DIST = join(ROOT, "dist");

/** What is read at run time beside the code: the charts, the runbook, and the recorded bucket of the demo. */
const DATA = ["charts", "docs/runbook.md", "test/data/buckets/overlap-same-labels"];

const Manifest = v.object({
  name: v.string(),
  version: v.string(),
  type: v.literal("module"),
  imports: v.record(v.string(), v.string()),
});

await rm(DIST, { recursive: true, force: true });
await compile("tsconfig.json");
await compile("tsconfig.types.json");
for (const path of DATA) await cp(join(ROOT, path), join(DIST, path), { recursive: true });
await writeFile(join(DIST, "package.json"), `${JSON.stringify(await manifest(), undefined, 2)}\n`);

async function compile(project: string): Promise<void> {
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "--project", join(ROOT, "build", project)]);
}

/** The package's name and version, and its subpath imports with JavaScript for TypeScript. */
async function manifest(): Promise<v.InferOutput<typeof Manifest>> {
  const own = v.parse(Manifest, JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")));
  const imports = Object.entries(own.imports).map(([name, path]) => [name, path.replace(/\.ts$/, ".js")]);
  return { ...own, imports: Object.fromEntries(imports) };
}

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { isRecord } from "#sst-graph/graph";

export interface PlatformOptions {
  /** Folder of the project, whose `sst` is used. */
  readonly root: string;
  /** Where platforms are kept, one per version of SST: 323 MB each. */
  readonly cache: string;
  /** For the SST CLI and npm: `PATH`, `HOME`, settings of npm. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told when there is something to wait for. */
  readonly tell?: (line: string) => void;
}

/** The version of Pulumi that a CLI was built with, and asks for. */
const PULUMI: Readonly<Record<string, string>> = { "4.17.1": "3.215.0" };

/** The providers that are installed with it: those of SST itself. */
const PROGRAM = `export default $config({ app: () => ({ name: "platform", home: "aws" }), async run() {} });\n`;

/**
 * The folder `.sst/platform` for the project's version of SST, made by `sst install` when the cache has none. It runs with
 * a home of its own, so that a user's Pulumi stays as it is, and needs no credentials; npm is all that it downloads from.
 */
export async function sstPlatform({ root, cache, environment, tell }: PlatformOptions): Promise<string> {
  const manifest = await manifestOf(root);
  const version = versionOf(JSON.parse(await readFile(manifest, "utf8")));
  const pulumi = PULUMI[version];
  if (pulumi === undefined) {
    const known = Object.keys(PULUMI).join(", ");
    throw new Error(`SST ${version} is not known to the harness (${known} is): add the Pulumi that it was built with`);
  }
  const place = join(cache, `sst-${version}-${hash(PROGRAM)}`);
  const platform = join(place, ".sst", "platform");
  if (await exists(join(platform, "node_modules"))) return platform;
  tell?.(`the platform of SST ${version} is being installed into ${place} (323 MB, once)`);
  await mkdir(cache, { recursive: true });
  const draft = await mkdtemp(`${place}.`);
  try {
    await install(join(dirname(manifest), "bin/sst.mjs"), draft, { pulumi, environment });
    await settle(draft, place);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return platform;
}

/** The package does not export its manifest, so it is looked for where Node would look. */
async function manifestOf(root: string): Promise<string> {
  const folders = createRequire(join(root, "package.json")).resolve.paths("sst") ?? [];
  for (const folder of folders) {
    const manifest = join(folder, "sst", "package.json");
    if (await exists(manifest)) return manifest;
  }
  throw new Error(`${root} has no package sst. Run: npm install --save-dev --save-exact sst`);
}

async function install(
  cli: string,
  folder: string,
  { pulumi, environment }: { readonly pulumi: string } & Pick<PlatformOptions, "environment">,
): Promise<void> {
  const home = join(folder, "home");
  await mkdir(join(home, ".config", "sst", "bin"), { recursive: true });
  // All that `sst install` asks of Pulumi is its version; without an answer it downloads one.
  const stub = join(home, ".config", "sst", "bin", "pulumi");
  await writeFile(stub, `#!/bin/sh\n[ "$1" = version ] && echo v${pulumi}\n`);
  await chmod(stub, 0o755);
  await writeFile(join(folder, "sst.config.ts"), PROGRAM);
  await writeFile(join(folder, "package.json"), `{ "name": "platform", "private": true, "type": "module" }\n`);
  await run(cli, folder, { ...environment, ...npmOf(environment), ...ENVIRONMENT, HOME: home });
  await rm(home, { recursive: true, force: true });
}

const ENVIRONMENT = { SST_NO_BUN: "1", SST_TELEMETRY_DISABLED: "1", XDG_CONFIG_HOME: undefined };

/** npm finds its settings and its cache through HOME, which is another for this once. */
function npmOf({ HOME, npm_config_userconfig, npm_config_cache }: PlatformOptions["environment"]) {
  if (HOME === undefined) return {};
  return {
    npm_config_userconfig: npm_config_userconfig ?? join(HOME, ".npmrc"),
    npm_config_cache: npm_config_cache ?? join(HOME, ".npm"),
  };
}

function run(cli: string, cwd: string, env: PlatformOptions["environment"]): Promise<void> {
  return new Promise((resolve, reject) => {
    const args = [cli, "install", "--stage", "platform"];
    const child = spawn(process.execPath, args, { cwd, env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4_000);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) return resolve();
      reject(new Error(`sst install ended with ${signal ?? code}. It needs npm and its registry.\n${said}`));
    });
  });
}

/** Whoever comes second drops his own. */
async function settle(draft: string, place: string): Promise<void> {
  try {
    await rename(draft, place);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

function versionOf(manifest: unknown): string {
  if (isRecord(manifest) && typeof manifest.version === "string") return manifest.version;
  throw new Error("the package sst names no version");
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import * as v from "valibot";
import { platform, ROOT } from "#test/stacks/platform";

/** A folder of a user's, in which the packed package is installed as any other. */
export interface Installed {
  readonly folder: string;
  /** Paths in the package. */
  readonly files: readonly string[];
  /** Runs a program in the folder, with its `node_modules/.bin` and this Node before everything else. */
  run(program: string, ...args: readonly string[]): Promise<Ended>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Packs the package as `npm pack` does, builds included, and installs it beside the given files. */
export async function installPackage(files: Readonly<Record<string, string>>): Promise<Installed> {
  const scratch = await mkdtemp(join(tmpdir(), "musterbook-package-"));
  const packed = await pack(scratch);
  const folder = join(scratch, "fleet");
  await mkdir(join(folder, ".sst"), { recursive: true });
  await symlink(await platform(), join(folder, ".sst/platform"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeLock(folder, `file:../${packed.filename}`);
  // The tarballs of the lock are those that `npm ci` has put into npm's cache already.
  await npm(folder, "ci", "--prefer-offline", "--legacy-peer-deps", "--no-audit", "--no-fund");
  return {
    folder,
    files: packed.files.map(({ path }) => path),
    run: (program, ...args) => ended(execFile_(program, args, { cwd: folder, env: environmentIn(folder) })),
  };
}

const execFile_ = promisify(execFile);

async function ended(running: Promise<{ readonly stdout: string; readonly stderr: string }>): Promise<Ended> {
  try {
    return { code: 0, ...(await running) };
  } catch (error) {
    return v.parse(v.object({ code: v.number(), stdout: v.string(), stderr: v.string() }), error);
  }
}

const Packed = v.tuple([v.object({ filename: v.string(), files: v.array(v.object({ path: v.string() })) })]);

async function pack(folder: string) {
  const { stdout } = await npm(ROOT, "pack", "--json", "--pack-destination", folder);
  // Before its JSON npm says what its scripts say.
  const [packed] = v.parse(Packed, JSON.parse(stdout.slice(stdout.indexOf("[\n"))));
  return packed;
}

const Lock = v.object({
  packages: v.record(v.string(), v.looseObject({ dev: v.optional(v.boolean()), devOptional: v.optional(v.boolean()) })),
});
const Manifest = v.object({
  version: v.string(),
  dependencies: v.record(v.string(), v.string()),
  bin: v.record(v.string(), v.string()),
});

/** The versions of our own lock, so that nothing is asked of a registry that `npm ci` has not asked already. */
async function writeLock(folder: string, tarball: string): Promise<void> {
  const own = v.parse(Manifest, JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")));
  const { packages } = v.parse(Lock, JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8")));
  const manifest = { name: "fleet", private: true, dependencies: { musterbook: tarball } };
  const lock = {
    ...{ name: "fleet", lockfileVersion: 3, requires: true },
    packages: {
      "": manifest,
      "node_modules/musterbook": { ...own, resolved: tarball },
      ...Object.fromEntries(
        Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional),
      ),
    },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "package-lock.json"), JSON.stringify(lock));
}

function npm(cwd: string, ...args: readonly string[]) {
  return execFile_("npm", args, { cwd, env: environmentIn(cwd), maxBuffer: 32 * 1024 * 1024 });
}

/** Without what an `npm test` around this tells of its own package. */
function environmentIn(folder: string): Readonly<Record<string, string | undefined>> {
  const own = Object.entries(process.env).filter(([name]) => !/^npm_(?:package|lifecycle|config_local)/.test(name));
  const path = [join(folder, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  return { ...Object.fromEntries(own), PATH: path };
}

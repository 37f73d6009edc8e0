import { cp, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ProvisionError, runTool } from "#test/real/programs/run";
import type { DebianRecipe, GoRecipe, PythonRecipe, Recipe } from "#test/real/programs/table";

const HERE = fileURLToPath(new URL(".", import.meta.url));

/** Folder of a Go recipe's wrapper module. */
export function moduleFolder(recipe: GoRecipe): string {
  return join(HERE, "go", recipe.module);
}

/** The file that pins what PyPI gives, with hashes. */
export const requirements = join(HERE, "python", "requirements.txt");

/** Makes the programs of a recipe in `folder`, each under its name. */
export async function make(recipe: Recipe, folder: string): Promise<void> {
  switch (recipe.kind) {
    case "go":
      return makeGo(recipe, folder);
    case "python":
      return makePython(recipe, folder);
    case "debian":
      return makeDebian(recipe, folder);
  }
}

/** Go's own settings are set here, since those of the user may be anything. */
const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" };

async function makeGo(recipe: GoRecipe, folder: string): Promise<void> {
  const cwd = await completed(recipe, folder);
  const variables = Object.entries(recipe.variables ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...variables].join(" ")];
  const tags = recipe.tags === undefined ? [] : ["-tags", recipe.tags];
  for (const [name, path] of Object.entries(recipe.packages)) {
    const args = ["build", ...flags, ...tags, "-o", join(folder, name), path];
    await runTool("go", args, { cwd, env: GO_ENVIRONMENT });
  }
  await rm(join(folder, COPY), { recursive: true, force: true });
}

const COPY = "module";

/**
 * The folder to build in: the wrapper module, or a copy of it in which a module that was published incomplete is
 * replaced by a complete one. (`go build -overlay` refuses files of the module cache since Go 1.26.)
 */
async function completed(recipe: GoRecipe, folder: string): Promise<string> {
  const wrapper = moduleFolder(recipe);
  const { missing } = recipe;
  if (missing === undefined) return wrapper;
  const go = (cwd: string, ...args: readonly string[]) => runTool("go", args, { cwd, env: GO_ENVIRONMENT });
  await go(wrapper, "mod", "download", missing.from);
  const published = (await go(wrapper, "list", "-m", "-f", "{{.Dir}}", missing.from)).trim();
  const copy = join(folder, COPY);
  await cp(wrapper, copy, { recursive: true });
  await cp(published, join(copy, "complete"), { recursive: true });
  // Files of the module cache are read-only, and so is their copy.
  await runTool("chmod", ["-R", "u+w", copy]);
  for (const [path, text] of Object.entries(missing.files)) {
    const file = join(copy, "complete", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await go(copy, "mod", "edit", `-replace=${missing.from}=./complete`);
  return copy;
}

/** Scripts of a virtual environment name its folder, so it is made where it stays and has launchers beside it. */
async function makePython({ programs }: PythonRecipe, folder: string): Promise<void> {
  await runTool("python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r"];
  await runTool(join(folder, "bin", "python"), [...pip, requirements]);
  for (const program of programs) await writeLauncher(folder, program);
}

async function writeLauncher(folder: string, program: string): Promise<void> {
  const launcher = ["#!/bin/sh", `exec "$(dirname "$0")/bin/python" "$(dirname "$0")/bin/${program}" "$@"`, ""].join(
    "\n",
  );
  await writeFile(join(folder, program), launcher, { mode: 0o755 });
}

async function makeDebian(recipe: DebianRecipe, folder: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "musterbook-debian-"));
  try {
    await download(recipe.package, scratch);
    const [deb] = (await runTool("ls", [scratch])).split("\n").filter((name) => name.endsWith(".deb"));
    if (deb === undefined) throw new ProvisionError(`apt-get download ${recipe.package} left no .deb file`);
    if (!deb.includes(`_${recipe.version}`)) {
      const remedy = `The old Alertmanager is that of Debian 12 (${recipe.version}x): run this on Debian 12.`;
      throw new ProvisionError(`Debian's ${recipe.package} is ${deb}. ${remedy}`);
    }
    await runTool("dpkg", ["-x", join(scratch, deb), join(folder, "root")]);
    for (const [name, path] of Object.entries(recipe.files)) await writeView(folder, name, path);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The package's program looks for its files below /usr/share: it gets a view of the machine in which they are there. */
async function writeView(folder: string, name: string, path: string): Promise<void> {
  const share = 'mount -t overlay overlay -o "lowerdir=$0/root/usr/share:/usr/share" /usr/share';
  const inside = `${share} && exec "$0/root/${path}" "$@"`;
  const launcher = `#!/bin/sh\nexec unshare --map-root-user --mount sh -c '${inside}' "$(dirname "$0")" "$@"\n`;
  await writeFile(join(folder, name), launcher, { mode: 0o755 });
}

/** A fresh machine has no package lists yet. */
async function download(name: string, cwd: string): Promise<void> {
  // apt drops its rights to the user _apt, who must be able to write here.
  await runTool("chmod", ["0777", cwd]);
  try {
    await runTool("apt-get", ["download", name], { cwd });
  } catch {
    await runTool("apt-get", ["update"]);
    await runTool("apt-get", ["download", name], { cwd });
  }
}

/** Puts a folder that is ready in its place; if another process was first, its work is as good. */
export async function settle(made: string, place: string): Promise<void> {
  try {
    await rename(made, place);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
    await rm(made, { recursive: true, force: true });
  }
}

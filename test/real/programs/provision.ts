import { createHash } from "node:crypto";
import { access, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import pMap from "p-map";
import { make, moduleFolder, requirements, settle } from "#test/real/programs/make";
import { ProvisionError, runTool } from "#test/real/programs/run";
import { programsOf, type Recipe, type RecipeName, recipes } from "#test/real/programs/table";

/** Raised when the way of making changes without the recipe saying so. */
const MAKER = 1;

export type Tell = (line: string) => void;

/**
 * Makes every program that the cache lacks, and tells of each. The cache is outside of the tree:
 * `MUSTERBOOK_REAL_CACHE`, or `musterbook/real` in the user's cache folder.
 * @throws ProvisionError that says what to install: nothing is skipped.
 */
export async function provision(tell: Tell): Promise<void> {
  const names = Object.keys(recipes) as RecipeName[];
  await pMap(names, (name) => provisionOne(name, tell), { concurrency: 2 });
}

/** Absolute path of a program that is provisioned. */
export async function program(name: string): Promise<string> {
  const recipe = (Object.keys(recipes) as RecipeName[]).find((one) => programsOf(recipes[one]).includes(name));
  if (recipe === undefined) throw new ProvisionError(`no recipe makes ${name}: see test/real/programs/table.ts`);
  const path = join(await placeOf(recipe), name);
  await access(path).catch((cause: unknown) => {
    throw new ProvisionError(`${name} is not provisioned. Run: npm run real -- provision`, { cause });
  });
  return path;
}

async function provisionOne(name: RecipeName, tell: Tell): Promise<void> {
  const recipe: Recipe = recipes[name];
  const place = await placeOf(name);
  if (await exists(place)) return;
  await mkdir(dirname(place), { recursive: true });
  const title = `${programsOf(recipe).join(", ")} (${recipe.version})`;
  tell(`${title}: ${DOING[recipe.kind]}`);
  const begin = performance.now();
  const seconds = () => `${Math.round((performance.now() - begin) / 1000)} s`;
  const pulse = setInterval(() => tell(`${title}: still ${DOING[recipe.kind]}, ${seconds()}`), PULSE_MS);
  try {
    const made = await mkdtemp(`${place}.`);
    await make(recipe, made).catch(async (error: unknown) => {
      await rm(made, { recursive: true, force: true });
      throw error;
    });
    await settle(made, place);
  } finally {
    clearInterval(pulse);
  }
  tell(`${title}: ready after ${seconds()}`);
}

const PULSE_MS = 30_000;

const DOING: Readonly<Record<Recipe["kind"], string>> = {
  go: "being built",
  python: "being installed from PyPI",
  debian: "being taken out of Debian's package",
};

const places = new Map<RecipeName, Promise<string>>();

/** The folder of a recipe's programs; its name changes with everything that they are made from. */
function placeOf(name: RecipeName): Promise<string> {
  const known = places.get(name) ?? computePlace(name);
  places.set(name, known);
  return known;
}

async function computePlace(name: RecipeName): Promise<string> {
  const recipe: Recipe = recipes[name];
  const hash = createHash("sha256").update(JSON.stringify([MAKER, recipe]));
  for (const file of await ingredients(recipe)) hash.update(file);
  return join(cacheFolder(), `${name}-${recipe.version}-${hash.digest("hex").slice(0, 12)}`);
}

async function ingredients(recipe: Recipe): Promise<readonly string[]> {
  switch (recipe.kind) {
    case "go": {
      const files = ["go.mod", "go.sum"].map((file) => readFile(join(moduleFolder(recipe), file), "utf8"));
      return Promise.all(files);
    }
    case "python":
      return [await readFile(requirements, "utf8"), await runTool("python3", ["--version"])];
    case "debian":
      return [];
  }
}

export function cacheFolder(): string {
  const { MUSTERBOOK_REAL_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return own ?? join(cache ?? join(homedir(), ".cache"), "musterbook", "real");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

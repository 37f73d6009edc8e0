import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { TerminalError } from "#fleet/errors";
import {
  type ChartEntry,
  type ChartState,
  chartState,
  digestError,
  lockFile,
  readChartLock,
  vendoredFile,
} from "#helm/charts";
import { fileDigest } from "#helm/digest";
import { run } from "#helm/process";

export interface PullOptions {
  /** The `charts/` folder. */
  readonly folder: string;
  /** Path of a helm 4. */
  readonly helm: string;
  /** What helm may see of the environment: proxies and certificates. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Pulled {
  readonly entry: ChartEntry;
  readonly file: string;
  /** `there`: nothing was done. `pinned`: its digest was written to charts.json. `verified`: pulled, and the digest is the pinned one. */
  readonly outcome: "there" | "pinned" | "verified";
}

const TIMEOUT_MS = 120_000;

/**
 * Pulls a chart into `vendor/` unless the right file is there. The first pull pins the digest, later ones are held
 * against it. TerminalError `chart-digest` (nothing is kept then) or `chart-unreachable`.
 */
export async function pullChart(entry: ChartEntry, options: PullOptions): Promise<Pulled> {
  const before = await chartState(options.folder, entry);
  if (before.state === "verified") return { entry, file: before.file, outcome: "there" };
  if (before.state === "changed") throw digestError(before);
  const file = vendoredFile(options.folder, entry);
  await mkdir(dirname(file), { recursive: true });
  const draft = await mkdtemp(join(dirname(file), ".pull-"));
  try {
    const pulled = await pullInto(draft, entry, options);
    const digest = await fileDigest(pulled);
    if (entry.digest !== null && entry.digest !== digest) throw wrongDigest(entry, pulled, digest);
    await rename(pulled, file);
    if (entry.digest === null) await pin(options.folder, entry, digest);
    return { entry, file, outcome: entry.digest === null ? "pinned" : "verified" };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function pullInto(draft: string, entry: ChartEntry, { helm, env }: PullOptions): Promise<string> {
  const { name, version, repository } = entry;
  const args = ["pull", name, "--repo", repository, "--version", version, "--destination", draft];
  const homes = { HOME: draft, HELM_CACHE_HOME: draft, HELM_CONFIG_HOME: draft, HELM_DATA_HOME: draft };
  const { code, stderr } = await run(helm, args, { env: { ...env, ...homes }, stopAfterMs: TIMEOUT_MS });
  if (code === 0) return join(draft, `${name}-${version}.tgz`);
  throw unreachable(entry, stderr.trim().replace(/^Error: /, ""));
}

async function pin(folder: string, { name }: ChartEntry, digest: string): Promise<void> {
  const lock = await readChartLock(folder);
  const charts = lock.charts.map((chart) => (chart.name === name ? { ...chart, digest } : chart));
  const file = lockFile(folder);
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, `${JSON.stringify({ ...lock, charts }, null, 2)}\n`);
  await rename(draft, file);
}

function wrongDigest(entry: ChartEntry, pulled: string, digest: string): TerminalError {
  const state: ChartState = { entry, state: "changed", file: basename(pulled), digest };
  const { message, reason, field } = digestError(state);
  return new TerminalError(`${message}; nothing was kept`, {
    reason,
    ...(field === undefined ? {} : { field }),
    value: digest,
    remedy: `The repository ${entry.repository} serves another file than before under the same version: find out why before you change the digest in charts.json.`,
  });
}

function unreachable({ name, version, repository }: ChartEntry, words: string): TerminalError {
  return new TerminalError(`cannot pull ${name} ${version} from ${repository}: ${words}`, {
    reason: "chart-unreachable",
    remedy: `Run this where ${new URL(repository).host} can be reached and bring charts/vendor/${name}-${version}.tgz and charts/charts.json here, or name a mirror as repository in charts.json. Until then the stand-in chart is used, which runs nothing.`,
  });
}

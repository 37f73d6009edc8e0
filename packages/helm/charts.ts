import { access, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { fileDigest, folderDigest } from "#helm/digest";
import type { ChartRef } from "#onboard/ports";

const Entry = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, "write the chart's name")),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/, "write one exact version, such as 88.5.3")),
  repository: v.pipe(v.string(), v.url("write the URL of a chart repository")),
  /** Of the packed chart; null until it was pulled for the first time. */
  digest: v.nullable(v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, "write sha256: and 64 hex digits, or null"))),
});

const Lock = v.strictObject({ schemaVersion: v.literal(1), charts: v.array(Entry) });

/** `charts/charts.json`: the charts that are installed, pinned by version and digest. */
export type ChartLock = v.InferOutput<typeof Lock>;
export type ChartEntry = ChartLock["charts"][number];

/** Musterbook's own `charts/`. */
export const CHARTS_FOLDER = resolve(import.meta.dirname, "../../charts");

export function lockFile(folder: string): string {
  return join(folder, "charts.json");
}

export function vendoredFile(folder: string, { name, version }: ChartEntry): string {
  return join(folder, "vendor", `${name}-${version}.tgz`);
}

/** TerminalError `chart-lock` when the file cannot be read or is not as it should be. */
export async function readChartLock(folder: string): Promise<ChartLock> {
  const file = lockFile(folder);
  const parsed = parseWith(Lock, await readJson(file));
  if (parsed.ok) return parsed.value;
  const [first] = parsed.problems;
  throw new TerminalError(`${file} is not as it should be`, {
    reason: "chart-lock",
    field: first?.field ?? "(root)",
    value: first?.value,
    remedy: `In that field, ${first?.remedy ?? "write an object"}.`,
  });
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (cause) {
    const remedy = "Restore the file from Musterbook's sources.";
    throw new TerminalError(`cannot read ${file}`, { reason: "chart-lock", remedy, cause });
  }
}

export interface ChartState {
  readonly entry: ChartEntry;
  /** `unpinned`: there, but charts.json holds no digest to hold it against. `changed`: it is another file than the one that was pinned. */
  readonly state: "verified" | "absent" | "unpinned" | "changed";
  readonly file: string;
  /** Of the vendored file; null when absent. */
  readonly digest: string | null;
}

/** How the vendored file of a chart stands to its entry. */
export async function chartState(folder: string, entry: ChartEntry): Promise<ChartState> {
  const file = vendoredFile(folder, entry);
  if (!(await exists(file))) return { entry, state: "absent", file, digest: null };
  const digest = await fileDigest(file);
  if (entry.digest === null) return { entry, state: "unpinned", file, digest };
  return { entry, state: digest === entry.digest ? "verified" : "changed", file, digest };
}

export async function findEntry(folder: string, name: string): Promise<ChartEntry> {
  const { charts } = await readChartLock(folder);
  const entry = charts.find((chart) => chart.name === name);
  if (entry !== undefined) return entry;
  throw new TerminalError(`charts.json names no chart ${name}`, {
    reason: "chart-lock",
    field: "charts",
    value: name,
    remedy: `Choose one of ${charts.map((chart) => chart.name).join(", ")}.`,
  });
}

export interface ChartWanted {
  readonly name: string;
  readonly folder?: string;
  /** Whether our stand-in will do: on a machine of one's own it may, on a real cluster never. */
  readonly standIn: "allowed" | "refused";
}

/**
 * The chart to install: the vendored one when its digest is the pinned one, our stand-in where that is allowed and none
 * was pulled. TerminalError `chart-digest` when the vendored file is any other, `chart-absent` when there is none.
 */
export async function resolveChart(of: ChartWanted): Promise<ChartRef> {
  const folder = of.folder ?? CHARTS_FOLDER;
  const entry = await findEntry(folder, of.name);
  const found = await chartState(folder, entry);
  if (found.state === "absent") return await standIn(folder, entry, of.standIn);
  if (found.state !== "verified" || found.digest === null) throw digestError(found);
  const { name, version } = entry;
  return {
    name,
    version,
    digest: found.digest,
    path: found.file,
    standIn: false,
    ...(await valueKeysOf(folder, entry)),
  };
}

async function standIn(
  folder: string,
  { name, version }: ChartEntry,
  allowed: ChartWanted["standIn"],
): Promise<ChartRef> {
  const path = join(folder, `${name}-stand-in`);
  if (allowed === "allowed" && (await exists(path))) {
    const keys = await valueKeysOf(folder, { name, version });
    return { name, version: `${version}-stand-in`, digest: await folderDigest(path), path, standIn: true, ...keys };
  }
  throw new TerminalError(`the chart ${name} ${version} was not pulled`, {
    reason: "chart-absent",
    remedy: "Run: musterbook charts pull",
  });
}

/** The list is of one version of the chart: of another there is none until it is made. */
async function valueKeysOf(
  folder: string,
  { name, version }: Pick<ChartEntry, "name" | "version">,
): Promise<Pick<ChartRef, "valueKeys">> {
  const file = join(folder, name, `value-keys-${version}.txt`);
  return (await exists(file)) ? { valueKeys: await readFile(file, "utf8") } : {};
}

/** What is wrong with a vendored file, with both digests. */
export function digestError({ entry, file, digest }: ChartState): TerminalError {
  const pinned = entry.digest ?? "none";
  return new TerminalError(`${file} has the digest ${digest}, but charts.json pins ${pinned} for ${entry.version}`, {
    reason: "chart-digest",
    field: `charts.${entry.name}.digest`,
    value: digest,
    remedy:
      entry.digest === null
        ? "Delete the file and run: musterbook charts pull"
        : "Delete the file and run: musterbook charts pull. If that says the same, the repository serves another file under the same version: find out why before you change the digest.",
  });
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

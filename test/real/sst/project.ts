import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { helmBinary } from "#helm/binary";
import { CHARTS_FOLDER, findEntry, readChartLock, vendoredFile } from "#helm/charts";
import { fileDigest } from "#helm/digest";
import { run } from "#helm/process";
import { scratchFolder } from "#test/real/servers/scratch";
import { ROOT } from "#test/stacks/platform";

const CHART = "kube-prometheus-stack";
const SAME = ["functions", "node_modules", "packages", "stacks", "test"];

/**
 * The folder of a project whose charts were pulled: our stand-in, packed under the name and version of the real chart, which
 * cannot be had without the internet, and pinned. Everything else is this project's own.
 */
export async function projectWithChart(): Promise<string> {
  const root = await scratchFolder();
  for (const name of SAME) await symlink(join(ROOT, name), join(root, name));
  // By its manifest the program finds the folder of its own files.
  await cp(join(ROOT, "package.json"), join(root, "package.json"));
  const charts = join(root, "charts");
  await cp(CHARTS_FOLDER, charts, { recursive: true });
  const entry = await findEntry(charts, CHART);
  const file = vendoredFile(charts, entry);
  await mkdir(join(charts, "vendor"), { recursive: true });
  const { helm } = await helmBinary({ path: process.env.PATH ?? "" });
  const folder = join(charts, `${CHART}-stand-in`);
  const args = ["package", folder, "--version", entry.version, "--destination", join(charts, "vendor")];
  const { code, stderr } = await run(helm, args, { env: { HOME: root } });
  if (code !== 0) throw new Error(`the chart cannot be packed: ${stderr}`);
  const digest = await fileDigest(file);
  const lock = await readChartLock(charts);
  const pinned = lock.charts.map((chart) => (chart.name === CHART ? { ...chart, digest } : chart));
  await writeFile(join(charts, "charts.json"), JSON.stringify({ ...lock, charts: pinned }));
  return root;
}

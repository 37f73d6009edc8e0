import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { helmBinary } from "#helm/binary";
import { run } from "#helm/process";

export interface ChartRepository {
  /** `charts/` with a charts.json that names the chart, unpinned. */
  readonly folder: string;
  readonly url: string;
  /** Serves other bytes under the same version from now on. */
  tamper(): Promise<void>;
  close(): Promise<void>;
}

/** A chart repository on loopback that serves one packed chart, `tiny` 0.1.0. */
export async function serveCharts(): Promise<ChartRepository> {
  const root = await mkdtemp(join(tmpdir(), "musterbook-charts-"));
  const served = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const body = served.get(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const folder = join(root, "charts");
  await mkdir(folder);
  const entry = { name: "tiny", version: "0.1.0", repository: url, digest: null };
  await writeFile(join(folder, "charts.json"), JSON.stringify({ schemaVersion: 1, charts: [entry] }));
  await pack(root, "first");
  return {
    folder,
    url,
    tamper: () => pack(root, "second"),
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      await rm(root, { recursive: true, force: true });
    },
  };

  async function pack(at: string, description: string): Promise<void> {
    const chart = join(at, "tiny");
    await mkdir(chart, { recursive: true });
    await writeFile(
      join(chart, "Chart.yaml"),
      `apiVersion: v2\nname: tiny\nversion: 0.1.0\ndescription: ${description}\n`,
    );
    const { helm } = await helmBinary({ path: process.env.PATH ?? "" });
    await run(helm, ["package", chart, "--destination", at], { env: { HOME: at } });
    await run(helm, ["repo", "index", at, "--url", url], { env: { HOME: at } });
    for (const file of ["index.yaml", "tiny-0.1.0.tgz"]) served.set(`/${file}`, await readFile(join(at, file)));
  }
}

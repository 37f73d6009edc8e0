import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { TerminalError } from "#fleet/errors";
import { helmBinary } from "#helm/binary";
import { CHARTS_FOLDER, readChartLock, resolveChart } from "#helm/charts";
import { type Pulled, pullChart } from "#helm/pull-chart";
import { type ChartRepository, serveCharts } from "#test/packages/helm/chart-repository";

let repository: ChartRepository;
beforeEach(async () => {
  repository = await serveCharts();
});
afterEach(() => repository.close());

async function pull(): Promise<Pulled> {
  const { folder } = repository;
  const { charts } = await readChartLock(folder);
  const [entry] = charts;
  if (entry === undefined) throw new Error("no chart");
  return await pullChart(entry, { folder, helm: (await helmBinary({ path: process.env.PATH ?? "" })).helm, env: {} });
}

function vendored(): Promise<readonly string[]> {
  return readdir(join(repository.folder, "vendor"));
}

describe("pullChart", () => {
  it("pins the digest of the first pull and then finds the chart there", async () => {
    expect((await pull()).outcome).toBe("pinned");
    const { charts } = await readChartLock(repository.folder);
    expect(charts[0]?.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await pull()).outcome).toBe("there");
    expect(await vendored()).toEqual(["tiny-0.1.0.tgz"]);
  });

  it("keeps nothing when the repository serves another file under the same version", async () => {
    const { file } = await pull();
    const { charts } = await readChartLock(repository.folder);
    await repository.tamper();
    await rm(file);
    const refused = pull();
    await expect(refused).rejects.toThrow(TerminalError);
    await expect(refused).rejects.toMatchObject({
      reason: "chart-digest",
      message: expect.stringContaining(String(charts[0]?.digest)),
      value: expect.stringMatching(/^sha256:/),
    });
    expect(await vendored()).toEqual([]);
  });

  it("says what to do where the repository cannot be reached", async () => {
    const lock = {
      schemaVersion: 1,
      charts: [{ name: "tiny", version: "0.1.0", repository: "http://127.0.0.1:9", digest: null }],
    };
    await writeFile(join(repository.folder, "charts.json"), JSON.stringify(lock));
    await expect(pull()).rejects.toMatchObject({
      reason: "chart-unreachable",
      remedy: expect.stringContaining("bring charts/vendor/tiny-0.1.0.tgz and charts/charts.json here"),
    });
  });
});

describe("resolveChart", () => {
  it("gives the vendored chart once it is pulled", async () => {
    const { file } = await pull();
    const { folder } = repository;
    const { charts } = await readChartLock(folder);
    const chart = await resolveChart({ name: "tiny", folder, standIn: "allowed" });
    expect(chart).toEqual({ name: "tiny", version: "0.1.0", digest: charts[0]?.digest, path: file, standIn: false });
  });

  it("refuses a vendored file that was changed", async () => {
    const { file } = await pull();
    await appendFile(file, "x");
    await expect(resolveChart({ name: "tiny", folder: repository.folder, standIn: "allowed" })).rejects.toMatchObject({
      reason: "chart-digest",
    });
  });

  it("refuses a vendored file that nobody pinned", async () => {
    await mkdir(join(repository.folder, "vendor"));
    await writeFile(join(repository.folder, "vendor", "tiny-0.1.0.tgz"), "x");
    await expect(resolveChart({ name: "tiny", folder: repository.folder, standIn: "allowed" })).rejects.toMatchObject({
      reason: "chart-digest",
      remedy: expect.stringContaining("musterbook charts pull"),
    });
  });

  it("takes the stand-in as long as nothing was pulled, and says so", async () => {
    const path = join(repository.folder, "tiny-stand-in");
    await expect(resolveChart({ name: "tiny", folder: repository.folder, standIn: "allowed" })).rejects.toMatchObject({
      reason: "chart-absent",
    });
    await mkdir(path);
    await writeFile(join(path, "Chart.yaml"), "name: tiny");
    const first = await resolveChart({ name: "tiny", folder: repository.folder, standIn: "allowed" });
    expect(first).toMatchObject({ version: "0.1.0-stand-in", path, standIn: true });
    await appendFile(join(path, "Chart.yaml"), "\n");
    expect((await resolveChart({ name: "tiny", folder: repository.folder, standIn: "allowed" })).digest).not.toBe(
      first.digest,
    );
  });

  it("never gives the stand-in where it is refused", async () => {
    const wanted = { name: "kube-prometheus-stack", standIn: "refused" } as const;

    await expect(resolveChart(wanted)).rejects.toMatchObject({ name: "TerminalError", reason: "chart-absent" });
  });

  it("brings the list of value keys of its version", async () => {
    const { valueKeys } = await resolveChart({ name: "kube-prometheus-stack", standIn: "allowed" });

    expect(valueKeys).toContain("prometheus.prometheusSpec.retention string");
  });

  it("names the charts there are", async () => {
    const unknown = resolveChart({ name: "other", folder: repository.folder, standIn: "allowed" });
    await expect(unknown).rejects.toMatchObject({ reason: "chart-lock", remedy: "Choose one of tiny." });
  });
});

describe("charts.json", () => {
  it.each([
    ["{", "(file)"],
    [
      '{"schemaVersion":1,"charts":[{"name":"tiny","version":"latest","repository":"x","digest":null}]}',
      "charts.0.version",
    ],
  ])("is refused as %j", async (text, field) => {
    await writeFile(join(repository.folder, "charts.json"), text);
    await expect(readChartLock(repository.folder)).rejects.toMatchObject({
      reason: "chart-lock",
      field: field === "(file)" ? undefined : field,
    });
  });

  it("pins the version that the stand-in stands in for", async () => {
    const { charts } = await readChartLock(CHARTS_FOLDER);
    for (const { name, version } of charts) {
      const chart = parse(await readFile(join(CHARTS_FOLDER, `${name}-stand-in`, "Chart.yaml"), "utf8"));
      expect(chart).toMatchObject({ name, version: `${version}-stand-in` });
    }
  });
});

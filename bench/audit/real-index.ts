import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NOW } from "#bench/audit/fleet";
import type { Bodies } from "#bench/audit/objects";
import { program } from "#test/real/programs/provision";
import { runTool } from "#test/real/programs/run";

const INSTANCES = 20;

/** Index and chunks of a block that Prometheus's own tool makes of so many series with one sample each. */
export async function realBodies(series: number): Promise<Bodies> {
  const desk = await mkdtemp(join(tmpdir(), "musterbook-index-"));
  try {
    const text = join(desk, "samples.txt");
    await writeFile(text, openMetrics(series));
    await runTool(await program("promtool"), ["tsdb", "create-blocks-from", "openmetrics", text, desk]);
    const [block = ""] = (await readdir(desk)).filter((name) => name.length === 26);
    const [index, chunks] = await Promise.all(
      ["index", "chunks/000001"].map((path) => readFile(join(desk, block, path))),
    );
    if (index === undefined || chunks === undefined) throw new Error("promtool made no block");
    return { index, chunks };
  } finally {
    await rm(desk, { recursive: true, force: true });
  }
}

function openMetrics(series: number): string {
  const lines = Array.from({ length: series }, (_, at) => {
    const labels = `instance="10.0.0.${at % INSTANCES}:9100",job="node",series="${Math.floor(at / INSTANCES)}"`;
    return `node_figure{${labels}} ${at} ${NOW / 1000}\n`;
  });
  return `# TYPE node_figure gauge\n${lines.join("")}# EOF\n`;
}

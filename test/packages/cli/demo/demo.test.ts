import { readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDemo } from "#cli/demo/demo";
import { fakeCli } from "#test/fakes/cli";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "musterbook-demo-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function demo(signal = new AbortController().signal): Promise<string> {
  const cli = fakeCli();
  await runDemo(cli, { folder, watch: false, signal });
  return cli.out();
}

/** Every object of every cluster, every name, access entry and alert, and the store list. */
function world(): unknown {
  const db = new DatabaseSync(join(folder, "state.db"), { readOnly: true });
  const tables = ["kube_objects", "dns_record", "eks_access", "alert"];
  const rows = tables.map((table) => db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all());
  db.close();
  return [rows, readFileSync(join(folder, "stores", "endpoints.yaml"), "utf8")];
}

describe("the demo", () => {
  it("says first that the chart is the stand-in, then judges a bucket and brings the clusters in", async () => {
    const screen = await demo();

    expect(screen.split("\n")[0]).toMatch(/^Stand-in chart: /);
    expect(screen).toContain("CRITICAL  compactor.will-halt");
    expect(screen).toContain("CRITICAL cluster.step-failed bank-1");
    expect(screen).toContain("4 clusters: 1 present, 1 observed, 1 waiting, 1 stopped");
    expect(screen).toMatch(/^shop-1 .* manage +yes +yes +yes +due /m);
    expect(screen).toMatch(/^\(\d\) bank-1: endpoint is private/m);
    expect(screen).toMatch(/^\(\d\) dev-7: Service .* has no load balancer/m);
    expect(await readFile(join(folder, "stores", "endpoints.yaml"), "utf8")).toContain(
      "thanos.shop-1.obs.internal.example.com:10901",
    );
  });

  it("goes on from there in a second run, and changes nothing", async () => {
    const before = world();

    const screen = await demo();

    expect(screen).toContain("Nothing to do: all is as the last run left it.");
    expect(screen).toContain("4 clusters: 1 present, 1 observed, 1 waiting, 1 stopped");
    expect(world()).toEqual(before);
  });

  it("ends in order when it is told to stop, and leaves no file of helm's", async () => {
    await rm(folder, { recursive: true, force: true });
    const controller = new AbortController();
    const stopped = demo(controller.signal);
    setTimeout(() => controller.abort(), 1_500);

    await stopped;

    expect(await readdir(join(folder, "helm"))).toEqual([]);
  });
});

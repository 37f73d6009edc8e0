import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { budgetOf, reachesClusters } from "#bench/handlers/budget";
import { coldImport } from "#bench/handlers/cold-import";
import type { Build, Graph } from "#sst-graph/graph";
import { type FunctionName, functions } from "#stacks/wiring";
import { graphOf } from "#test/stacks/graph";

const PATIENCE_MS = 600_000;
/** Cores that others use at the same time do less per second: `npm run bench:handlers` holds an idle machine to the budget itself. */
const BUSY = 2;

let work: string;
let graph: Graph;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "musterbook-bundles-"));
  graph = await graphOf("prod", { bundles: "real", work: join(work, ".sst"), patience: PATIENCE_MS });
}, PATIENCE_MS);

afterAll(() => rm(work, { recursive: true, force: true }));

function buildOf(name: string): Build {
  const build = graph.builds.find(({ handler }) => handler === `functions/entry/${name}.handler`);
  if (build === undefined) throw new Error(`${name} was not built`);
  return build;
}

const uses = ({ parts }: Build, part: string) => Object.keys(parts).some((path) => path.includes(part));

describe.each(Object.keys(functions) as FunctionName[])("the bundle of %s", (name) => {
  it("is within its budget, with the means to reach clusters only where they are needed", () => {
    const build = buildOf(name);

    expect(build.bytes).toBeGreaterThan(0);
    expect(build.bytes).toBeLessThanOrEqual(budgetOf(name).bytes);
    expect(uses(build, "packages/kube/")).toBe(reachesClusters(name));
    // Kubeconfig files are of the command line; their library would double what a function loads.
    expect(uses(build, "@kubernetes/client-node")).toBe(false);
    expect(uses(build, "packages/local/")).toBe(false);
  });

  it(
    "loads by itself, in a process that sees nothing of this project, and about within its time",
    async () => {
      const { out } = buildOf(name);
      const { exports, cpuMs } = await coldImport(join(out, "bundle.mjs"), 3);

      expect(exports).toEqual(["handler"]);
      expect(cpuMs).toBeLessThanOrEqual(BUSY * budgetOf(name).importMs);
      expect(await readdir(out)).toEqual(expect.arrayContaining(["bundle.mjs", "bundle.mjs.map", "resource.enc"]));
    },
    PATIENCE_MS,
  );
});

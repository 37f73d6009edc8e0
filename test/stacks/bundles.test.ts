import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Build, Graph } from "#sst-graph/graph";
import { functions } from "#stacks/wiring";
import { graphOf } from "#test/stacks/graph";

const PATIENCE_MS = 600_000;
const MB = 1_000_000;
/** Functions that look into clusters carry Kubernetes' client, 2 MB of types. */
/** Every check of the catalogue is in those that judge. */
const WITH_CHECKS = ["audit-full", "audit-tail", "audit-bucket"];
const WITH_KUBERNETES = ["reconcile-cluster", "publish-store-list", "check-store-list"];

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

describe.each(Object.keys(functions))("the bundle of %s", (name) => {
  it("is within its budget, with the means to reach clusters only where they are needed", () => {
    const build = buildOf(name);
    const reaches = WITH_KUBERNETES.includes(name);

    expect(build.bytes).toBeLessThanOrEqual(reaches ? 3.3 * MB : WITH_CHECKS.includes(name) ? 1.2 * MB : MB);
    expect(uses(build, "@kubernetes/client-node")).toBe(reaches);
    expect(uses(build, "packages/local/")).toBe(false);
  });

  it("loads by itself, in a process that sees nothing of this project", async () => {
    const { out } = buildOf(name);
    const script = `import(${JSON.stringify(pathToFileURL(join(out, "bundle.mjs")).href)})
      .then(({ handler }) => console.log(typeof handler));`;

    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { cwd: out, env: {} });

    expect(stdout.trim()).toBe("function");
    expect(await readdir(out)).toEqual(expect.arrayContaining(["bundle.mjs", "bundle.mjs.map", "resource.enc"]));
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EvaluateOptions, evaluate } from "#sst-graph/evaluate";
import type { Graph } from "#sst-graph/graph";
import { platform } from "#test/stacks/platform";

const APP = `app: ({ stage }) => ({ name: "sample", home: "aws", removal: stage === "prod" ? "retain" : "remove" })`;

/** Evaluates a program whose `run()` has this body, in a folder of its own. */
export async function evaluateBody(body: string, options: Partial<EvaluateOptions> = {}): Promise<Graph> {
  return evaluateProgram(`export default $config({ ${APP}, async run() { ${body} } });`, options);
}

export async function evaluateProgram(
  program: string,
  options: Partial<EvaluateOptions> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Graph> {
  const root = await mkdtemp(join(tmpdir(), "sst-graph-test-"));
  try {
    await writeFile(join(root, "package.json"), `{ "type": "module" }`);
    await writeFile(join(root, "handler.ts"), "export const handler = async () => 1;");
    await writeFile(join(root, "sst.config.ts"), program);
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    return await evaluate({ root, stage: "prod", platform: await platform(), ...options });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Budget, budgetOf } from "#bench/handlers/budget";
import { coldImport } from "#bench/handlers/cold-import";
import type { Build } from "#sst-graph/graph";
import { type FunctionName, functions } from "#stacks/wiring";
import { graphOf } from "#test/stacks/graph";

/* Prints what each function's bundle weighs, from the metafile of the bundler that deploys it, and what it takes Node to load it: CPU time,
 * and by the clock in brackets. */

const TIMES = 5;
const LARGEST = 3;

interface Row {
  readonly name: FunctionName;
  readonly bytes: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly budget: Budget;
  /** Packages with the most bytes. */
  readonly largest: readonly string[];
}

const work = await mkdtemp(join(tmpdir(), "musterbook-handlers-"));
try {
  const { builds } = await graphOf("prod", { bundles: "real", work: join(work, ".sst"), patience: 600_000 });
  const rows: Row[] = [];
  for (const name of Object.keys(functions) as FunctionName[]) rows.push(await measure(name, builds));
  process.stdout.write(`${rows.map(line).join("\n")}\n`);
  if (rows.some(isOver)) process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
}

async function measure(name: FunctionName, builds: readonly Build[]): Promise<Row> {
  const build = builds.find(({ handler }) => handler === `functions/entry/${name}.handler`);
  if (build?.bytes == null) throw new Error(`${name} was not built`);
  const { cpuMs, wallMs } = await coldImport(join(build.out, "bundle.mjs"), TIMES);
  return { name, bytes: build.bytes, cpuMs, wallMs, budget: budgetOf(name), largest: largestOf(build) };
}

function largestOf({ parts }: Build): readonly string[] {
  const sums = new Map<string, number>();
  for (const [path, bytes] of Object.entries(parts)) {
    const [, owner = "musterbook"] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path) ?? [];
    sums.set(owner, (sums.get(owner) ?? 0) + bytes);
  }
  return [...sums]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, LARGEST)
    .map(([owner, bytes]) => `${owner} ${kilobytes(bytes)}`);
}

function isOver({ bytes, cpuMs, budget }: Row): boolean {
  return bytes > budget.bytes || cpuMs > budget.importMs;
}

function line(row: Row): string {
  const { name, bytes, cpuMs, wallMs, budget, largest } = row;
  const size = `${kilobytes(bytes)} of ${kilobytes(budget.bytes)}`.padStart(18);
  const cpu = `${Math.round(cpuMs)} of ${budget.importMs} ms`.padStart(13);
  const clock = `(${Math.round(wallMs)} ms)`.padStart(10);
  return `${name.padEnd(20)} ${size} ${cpu} ${clock}  ${isOver(row) ? "OVER  " : ""}${largest.join(", ")}`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} kB`;
}

import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as v from "valibot";

const Import = v.object({ exports: v.array(v.string()), wallMs: v.number(), cpuMs: v.number() });

/** One import of a module by a process that has loaded nothing else, by the clock and in CPU time. */
export type Import = v.InferOutput<typeof Import>;

/** The quickest of several imports, each in a process of its own that sees nothing of this one. */
export async function coldImport(file: string, times: number): Promise<Import> {
  const all: Import[] = [];
  for (let time = 0; time < times; time += 1) all.push(await importOnce(file));
  const [quickest] = all.toSorted((a, b) => a.cpuMs - b.cpuMs);
  if (quickest === undefined) throw new RangeError("import it once at least");
  return quickest;
}

async function importOnce(file: string): Promise<Import> {
  const script = `
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const module = await import(${JSON.stringify(pathToFileURL(file).href)});
    const wallMs = performance.now() - begin;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ exports: Object.keys(module), wallMs, cpuMs: (user + system) / 1000 }));
    process.exit();`;
  const args = ["--input-type=module", "--eval", script];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: dirname(file), env: {} });
  return v.parse(Import, JSON.parse(stdout));
}

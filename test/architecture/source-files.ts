import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface SourceFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly text: string;
  /** Module specifiers of its import and export declarations. */
  readonly imports: readonly string[];
}

const IMPORT =
  /^(?:import|export)\b[^;"']*?\bfrom\s+["']([^"']+)["']|^import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

/** Every TypeScript file below the folders, with what it imports. */
export function sourceFiles(...patterns: string[]): readonly SourceFile[] {
  return globSync(patterns, { cwd: ROOT }).map((path) => {
    const text = readFileSync(`${ROOT}/${path}`, "utf8");
    const imports = [...text.matchAll(IMPORT)].map(([, a, b, c]) => a ?? b ?? c ?? "");
    return { path, text, imports };
  });
}

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/**
 * Where Musterbook's own files are, whoever deploys it: in its own repository they are the sources, in a user's the built
 * package below `node_modules`. The program itself cannot tell, since SST bundles it before it runs.
 */
function ownFolder(): string {
  const { root } = $cli.paths;
  const folder = dirname(createRequire(join(root, "package.json")).resolve("musterbook/package.json"));
  return folder === realpathSync(root) ? folder : join(folder, "dist");
}

/** A path of ours as SST wants paths: from the project's root. */
export function ownPath(path: string): string {
  return relative(realpathSync($cli.paths.root), join(ownFolder(), path));
}

/** The folder of a package that we depend on. */
export function dependencyFolder(name: string): string {
  return dirname(createRequire(join(ownFolder(), "package.json")).resolve(`${name}/package.json`));
}

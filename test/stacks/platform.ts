import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sstPlatform } from "#sst-graph/platform";

/** The project's own folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/**
 * The platform of SST, made when it is missing. The cache is outside of the tree: `MUSTERBOOK_SST_CACHE`, or
 * `musterbook/sst` in the user's cache folder.
 */
export function platform(): Promise<string> {
  const { MUSTERBOOK_SST_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return sstPlatform({
    root: ROOT,
    cache: own ?? join(cache ?? join(homedir(), ".cache"), "musterbook", "sst"),
    environment: process.env,
    tell: (line) => process.stderr.write(`${line}\n`),
  });
}

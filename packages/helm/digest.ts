import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** `sha256:` and hex digits, as OCI registries write digests. */
export async function fileDigest(file: string): Promise<string> {
  return `sha256:${createHash("sha256")
    .update(await readFile(file))
    .digest("hex")}`;
}

/** Over the paths and contents of every file below the folder. */
export async function folderDigest(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash("sha256");
  for (const file of files.toSorted()) {
    const body = await readFile(file);
    hash.update(`${relative(folder, file)}\0${body.length}\0`).update(body);
  }
  return `sha256:${hash.digest("hex")}`;
}

import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { scratchFolder } from "#test/real/servers/scratch";

/** A process that ministack no longer speaks to has nobody who would end it. */
const END = `process.stdin.once("end", () => process.exit());\n`;

/**
 * A search path whose `node` is this one, with the layers of its function at /opt, as on Lambda: ministack unpacks layers
 * beside the code, tells where, and loses the mode of files. Each process gets a mount namespace of its own, so nothing of
 * this is seen by others.
 */
export async function pathWithLambdaNode(): Promise<string> {
  const folder = await scratchFolder();
  const [file, end] = [join(folder, "node"), join(folder, "end.cjs")];
  const node = `"${process.execPath}" --require "${end}"`;
  const inNamespace = `mount --bind "$_LAMBDA_LAYERS_DIRS" /opt && exec "$0" "$@"`;
  const script = [
    "#!/bin/sh",
    `[ -z "$_LAMBDA_LAYERS_DIRS" ] && exec ${node} "$@"`,
    `chmod -R u+x "$_LAMBDA_LAYERS_DIRS"`,
    `exec unshare --map-root-user --mount sh -c '${inNamespace}' ${node} "$@"`,
    "",
  ].join("\n");
  await writeFile(end, END);
  await writeFile(file, script);
  await chmod(file, 0o755);
  return [folder, process.env.PATH ?? ""].join(delimiter);
}

import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { scratchFolder } from "#test/real/servers/scratch";

/** A process that ministack no longer speaks to has nobody who would end it. */
const END = `process.stdin.once("end", () => process.exit());`;

/** AWS is spoken to by TLS, as the policies of buckets ask for; ministack takes a proxy's word for it. */
const TLS = `
  const http = require("node:http");
  const { request } = http;
  http.request = (...args) => {
    const [options, ...rest] = args;
    if (typeof options === "string" || options instanceof URL) return request(...args);
    return request({ ...options, headers: { ...options.headers, "x-forwarded-proto": "https" } }, ...rest);
  };
  require("node:module").syncBuiltinESMExports();
`;

/**
 * A search path whose `node` is this one, with the layers of its function at /opt, as on Lambda: ministack unpacks layers
 * beside the code, tells where, and loses the mode of files. Each process gets a mount namespace of its own, so nothing of
 * this is seen by others.
 */
export async function pathWithLambdaNode(): Promise<string> {
  const folder = await scratchFolder();
  const [file, begin] = [join(folder, "node"), join(folder, "begin.cjs")];
  const node = `"${process.execPath}" --require "${begin}"`;
  const inNamespace = `mount --bind "$_LAMBDA_LAYERS_DIRS" /opt && exec "$0" "$@"`;
  const script = [
    "#!/bin/sh",
    `[ -z "$_LAMBDA_LAYERS_DIRS" ] && exec ${node} "$@"`,
    `chmod -R u+x "$_LAMBDA_LAYERS_DIRS"`,
    `exec unshare --map-root-user --mount sh -c '${inNamespace}' ${node} "$@"`,
    "",
  ].join("\n");
  await writeFile(begin, `${END}\n${TLS}`);
  await writeFile(file, script);
  await chmod(file, 0o755);
  return [folder, process.env.PATH ?? ""].join(delimiter);
}

import { createCipheriv } from "node:crypto";
import { access, mkdir, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import * as v from "valibot";
import { type Handler, handlerBundler } from "#sst-graph/bundle-handlers";
import type { Build } from "#sst-graph/graph";

const BuildInput = v.looseObject({
  functionID: v.string(),
  handler: v.string(),
  bundle: v.nullish(v.string()),
  runtime: v.string(),
  links: v.nullish(v.record(v.string(), v.unknown())),
  encryptionKey: v.nullish(v.string()),
  properties: v.nullish(
    v.looseObject({
      minify: v.nullish(v.boolean()),
      banner: v.nullish(v.string()),
      install: v.nullish(v.record(v.string(), v.string())),
      esbuild: v.nullish(v.looseObject({ external: v.nullish(v.array(v.string())) })),
    }),
  ),
});
export type BuildInput = v.InferOutput<typeof BuildInput>;

/** What the program asks of `Runtime.Build`. */
export function readBuildInput(input: unknown): BuildInput {
  return v.parse(BuildInput, input);
}

export interface Built {
  /** `bundle.<export>`. */
  readonly handler: string;
  readonly out: string;
  readonly sourcemaps: readonly string[];
}
export type Builder = (input: BuildInput) => Promise<Built>;

/** Builds each function into `<work>/artifacts`, and notes it in `builds`. `fast` only names the handler. */
export function builder(of: {
  readonly root: string;
  readonly work: string;
  readonly mode: "fast" | "real";
  readonly builds: Build[];
}): Builder {
  const bundleHandler = handlerBundler(of.root);
  return async (input) => {
    const { functionID: functionId, handler, runtime, bundle } = input;
    const out = bundle ?? join(of.work, "artifacts", `${functionId}-src`);
    if (bundle === undefined || bundle === null) await mkdir(out, { recursive: true });
    const entry = { functionId, handler, runtime, out };
    const prebuilt = bundle === undefined || bundle === null ? false : bundle !== "";
    if (of.mode === "fast" || prebuilt) {
      if (!prebuilt) await writeFile(join(out, "bundle.mjs"), `export const name = ${JSON.stringify(handler)};\n`);
      of.builds.push({ ...entry, bytes: null, parts: {} });
      return { handler: prebuilt ? handler : `bundle${extname(handler)}`, out, sourcemaps: [] };
    }
    const { bytes, parts } = await bundleHandler(await handlerOf(of.root, out, input));
    await writeLinks(out, input);
    of.builds.push({ ...entry, bytes, parts });
    return { handler: `bundle${extname(handler)}`, out, sourcemaps: [join(out, "bundle.mjs.map")] };
  };
}

const EXTENSIONS = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

async function sourceOf(root: string, handler: string): Promise<string> {
  const stem = join(root, handler.slice(0, handler.length - extname(handler).length));
  for (const extension of EXTENSIONS) {
    const file = `${stem}${extension}`;
    const found = await access(file).then(
      () => true,
      () => false,
    );
    if (found) return file;
  }
  throw new Error(`Handler not found: ${handler}`);
}

async function handlerOf(root: string, out: string, { handler, properties, runtime }: BuildInput): Promise<Handler> {
  return {
    ...{ source: await sourceOf(root, handler), out, runtime },
    external: [
      ...["sharp", "pg-native"],
      ...Object.keys(properties?.install ?? {}),
      ...(properties?.esbuild?.external ?? []),
    ],
    minify: properties?.minify ?? true,
    banner: properties?.banner ?? "",
  };
}

/** Links are sealed into the bundle: AES-256-GCM with a zero nonce, the tag at the end (pkg/runtime/runtime.go). */
async function writeLinks(out: string, { encryptionKey, links }: BuildInput): Promise<void> {
  if (encryptionKey === undefined || encryptionKey === null || encryptionKey === "") return;
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(encryptionKey, "base64"), Buffer.alloc(12));
  const sealed = Buffer.concat([
    cipher.update(JSON.stringify(links ?? {}), "utf8"),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  await writeFile(join(out, "resource.enc"), sealed);
}

import { rm, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type BuildOptions, build as esbuild, type Metafile } from "esbuild";

/** A handler as `Runtime.Build` asks for it. */
export interface Handler {
  /** Absolute path of its source. */
  readonly source: string;
  /** Folder that its bundle goes to. */
  readonly out: string;
  readonly runtime: string;
  readonly external: readonly string[];
  readonly minify: boolean;
  readonly banner: string;
}

/** What a bundle weighs, in bytes, and what each of its files does in it. */
export interface Bundled {
  readonly bytes: number;
  readonly parts: Readonly<Record<string, number>>;
}

/** How long others with the same options are waited for: the program asks for all its functions within some milliseconds. */
const GATHER_MS = 50;

/**
 * Bundles handlers as the CLI does (pkg/runtime/node/build.go). The CLI bundles each by itself; here those that are asked for
 * together go together, with the same result byte by byte, since esbuild then reads what they share once.
 */
export function handlerBundler(root: string): (handler: Handler) => Promise<Bundled> {
  const gathering = new Map<string, { readonly handlers: Handler[]; readonly done: Promise<Metafile> }>();

  function gather(handler: Handler): Promise<Metafile> {
    const { source: _, out: __, ...options } = handler;
    const key = JSON.stringify(options);
    const known = gathering.get(key);
    if (known !== undefined) {
      known.handlers.push(handler);
      return known.done;
    }
    const handlers = [handler];
    const bundle = async (): Promise<Metafile> => {
      await sleep(GATHER_MS);
      gathering.delete(key);
      return bundleTogether(root, handlers);
    };
    const done = bundle();
    gathering.set(key, { handlers, done });
    return done;
  }

  return async (handler) => {
    const outfile = join(handler.out, "bundle.mjs");
    await rm(outfile, { force: true });
    // What one of them has done wrong is told of that one alone.
    const metafile = await gather(handler).catch(() => bundleTogether(root, [handler]));
    return { bytes: (await stat(outfile)).size, parts: partsOf(metafile, root, handler) };
  };
}

const BANNER = [
  `import { createRequire as topLevelCreateRequire } from "module";`,
  "const require = topLevelCreateRequire(import.meta.url);",
  `import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url";`,
  `const __filename = topLevelFileUrlToPath(import.meta.url);`,
  `const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url));`,
].join("\n");

/** All with the options of the first. */
async function bundleTogether(root: string, handlers: readonly Handler[]): Promise<Metafile> {
  const [first] = handlers;
  const options = {
    entryPoints: handlers.map(({ source, out }) => ({ in: source, out: relative("/", join(out, "bundle")) })),
    absWorkingDir: root,
    outdir: "/",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: first?.runtime === "nodejs24.x" ? "es2024" : "es2023",
    mainFields: ["module", "main"],
    external: [...(first?.external ?? [])],
    keepNames: true,
    metafile: true,
    sourcemap: "linked",
    minify: first?.minify ?? true,
    banner: { js: [BANNER, first?.banner ?? ""].join("\n") },
    logLevel: "silent",
  } as const satisfies BuildOptions;
  return (await esbuild(options)).metafile;
}

function partsOf({ outputs }: Metafile, root: string, { out }: Handler): Bundled["parts"] {
  const tail = join(basename(out), "bundle.mjs");
  const [, output] = Object.entries(outputs).find(([path]) => path.endsWith(`/${tail}`)) ?? [];
  return Object.fromEntries(
    Object.entries(output?.inputs ?? {}).map(([path, { bytesInOutput }]) => [
      relative(root, join(root, path)),
      bytesInOutput,
    ]),
  );
}

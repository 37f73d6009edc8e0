import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Handler, handlerBundler } from "#sst-graph/bundle-handlers";

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "bundle-handlers-"));
  await writeFile(join(root, "shared.ts"), `export const greet = (name: string) => "hello " + name;\n`);
  for (const name of ["one", "two"]) {
    const source = `import { greet } from "./shared";\nexport const handler = () => greet(${JSON.stringify(name)});\n`;
    await writeFile(join(root, `${name}.ts`), source);
  }
  await writeFile(join(root, "broken.ts"), `import "./nowhere";\n`);
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function handler(name: string, folder: string): Promise<Handler> {
  const out = join(root, folder, `${name}-src`);
  await mkdir(out, { recursive: true });
  const source = join(root, `${name}.ts`);
  return { source, out, runtime: "nodejs24.x", external: [], minify: true, banner: "" };
}

const written = ({ out }: Handler) => readFile(join(out, "bundle.mjs"), "utf8");

describe("handlers that are bundled together", () => {
  it("are what each is alone", async () => {
    const together = await Promise.all(["one", "two"].map((name) => handler(name, "together")));
    const alone = await Promise.all(["one", "two"].map((name) => handler(name, "alone")));
    const bundle = handlerBundler(root);
    const bundled = await Promise.all(together.map(bundle));
    for (const [at, one] of alone.entries()) {
      expect(await bundle(one)).toEqual(bundled[at]);
      expect(await written(one)).toBe(await written(together[at] ?? one));
    }
    expect(bundled.map(({ parts }) => Object.keys(parts))).toEqual([
      ["shared.ts", "one.ts"],
      ["shared.ts", "two.ts"],
    ]);
  });

  it("keep their own options", async () => {
    const [plain, small] = await Promise.all(["one", "two"].map((name) => handler(name, "options")));
    if (plain === undefined || small === undefined) throw new Error("two handlers were made");
    const bundle = handlerBundler(root);
    await Promise.all([bundle({ ...plain, minify: false, banner: "// ours" }), bundle(small)]);
    expect(await written(plain)).toContain("// ours");
    expect(await written(small)).not.toContain("// ours");
    expect((await written(small)).length).toBeLessThan((await written(plain)).length);
  });

  it("fail each for what is wrong with it, and with no other", async () => {
    const [good, broken] = await Promise.all(["one", "broken"].map((name) => handler(name, "failing")));
    if (good === undefined || broken === undefined) throw new Error("two handlers were made");
    const bundle = handlerBundler(root);
    const [fine, failed] = await Promise.allSettled([bundle(good), bundle(broken)]);
    expect(fine).toMatchObject({ status: "fulfilled" });
    expect(failed).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("./nowhere") } });
  });
});

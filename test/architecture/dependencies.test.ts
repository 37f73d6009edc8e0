import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const adr = readFileSync(new URL("../../docs/adr/0003-runtime-dependencies.md", import.meta.url), "utf8");

describe("the dependencies", () => {
  it("have each a reason in ADR 3, and no reason is left without one", () => {
    const reasons = [...adr.matchAll(/^- `([^`]+)`: .{20,}$/gm)].map(([, name]) => name);

    expect(reasons).toEqual(Object.keys(manifest.dependencies).toSorted());
  });

  it("are pinned", () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});

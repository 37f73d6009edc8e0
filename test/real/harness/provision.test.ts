import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { run } from "#helm/process";
import { program } from "#test/real/programs/provision";
import { programsOf, type Recipe, recipes } from "#test/real/programs/table";
import { scratchFolder } from "#test/real/servers/scratch";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** What each program prints that proves which one it is, and the arguments for it. */
const VERSIONS: Readonly<Record<string, readonly [args: readonly string[], says: RegExp]>> = {
  etcd: [["--version"], /etcd Version: 3\.7\.3/],
  "kube-apiserver": [["--version"], /^Kubernetes v1\.36\.3$/m],
  "kube-controller-manager": [["--version"], /^Kubernetes v1\.36\.3$/m],
  prometheus: [["--version"], /^prometheus, version /],
  promtool: [["--version"], /^promtool, version /],
  thanos: [["--version"], /^thanos, version /],
  alertmanager: [["--version"], /^alertmanager, version /],
  amtool: [["--version"], /^amtool, version /],
  "alertmanager-0.25": [["--version"], /^alertmanager, version 0\.25\./],
  versitygw: [["--version"], /Version/i],
  ministack: [["--help"], /MiniStack/],
  moto_server: [["--help"], /usage: moto_server/],
};

describe("the programs", () => {
  it("are each looked at below", () => {
    const all = Object.values(recipes).flatMap((recipe: Recipe) => programsOf(recipe));
    expect(Object.keys(VERSIONS).toSorted()).toEqual(all.toSorted());
  });

  it.each(Object.entries(VERSIONS))("%s runs and says what it is", async (name, [args, says]) => {
    const { code, stdout, stderr } = await run(await program(name), args, { env: {} });
    expect({ code, text: stdout + stderr }).toMatchObject({ code: 0, text: expect.stringMatching(says) });
  });
});

describe("provisioning", () => {
  it.each([
    ["Go", ["python3"], /go cannot be run .*Install Go 1\.26 or newer/],
    ["Python", ["go"], /python3 cannot be run .*Install Python 3\.11 or newer/],
  ])("without %s is an error that says what to install, not a skip", async (_, present, says) => {
    const folder = await scratchFolder();
    const path = join(folder, "bin");
    await mkdir(path);
    for (const name of present) await symlink("/bin/true", join(path, name));
    const env = { PATH: path, HOME: folder, MUSTERBOOK_REAL_CACHE: join(folder, "cache") };
    const { code, stderr } = await run(process.execPath, [MAIN, "provision"], { env });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(says) });
  });
});

import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { chartsCommand } from "#cli/commands/charts";
import { run } from "#cli/program";
import { type FakeCli, fakeCli } from "#test/fakes/cli";
import { type ChartRepository, serveCharts } from "#test/packages/helm/chart-repository";

let repository: ChartRepository;
let cli: FakeCli;
beforeEach(async () => {
  repository = await serveCharts();
  cli = fakeCli();
});
afterEach(() => repository.close());

async function charts(subcommand: string): Promise<void> {
  const root = new Command().exitOverride().addCommand(chartsCommand(cli, repository.folder));
  await root.parseAsync(["charts", subcommand], { from: "user" });
}

describe("musterbook charts", () => {
  it("lists what is pinned, and that a stand-in is in its place", async () => {
    await charts("list");
    expect(cli.out()).toBe(`tiny 0.1.0  not pulled, stand-in in use\n  ${repository.url}\n`);
    expect(cli.exitCode).toBe(0);
  });

  it("pulls and pins, and does nothing the second time", async () => {
    await charts("pull");
    await charts("pull");
    expect(cli.out()).toBe("tiny 0.1.0  pulled, digest written to charts.json\ntiny 0.1.0  there already, verified\n");
    expect(cli.err()).toContain(`pulling tiny 0.1.0 from ${repository.url}`);
  });

  it("verifies what is here, and ends with 1 as long as something is missing", async () => {
    await charts("verify");
    expect(cli.exitCode).toBe(1);
    await charts("pull");
    cli.exitCode = 0;
    await charts("verify");
    expect(cli.out()).toMatch(/tiny 0\.1\.0 {2}verified\n {2}sha256:[0-9a-f]{64}\n$/);
    expect(cli.exitCode).toBe(0);
  });

  it("refuses a file that is not the pinned one, with both digests", async () => {
    await charts("pull");
    await appendFile(join(repository.folder, "vendor", "tiny-0.1.0.tgz"), "x");
    await expect(charts("verify")).rejects.toMatchObject({
      reason: "chart-digest",
      message: expect.stringMatching(/has the digest sha256:\w+, but charts\.json pins sha256:\w+ for 0\.1\.0$/),
    });
  });

  it("explains itself", async () => {
    expect(await run(["charts", "--help"], cli)).toBe(0);
    expect(cli.out()).toContain("musterbook charts verify");
    expect(await run(["charts", "pull", "--help"], cli)).toBe(0);
  });
});

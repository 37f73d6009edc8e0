import { describe, expect, it } from "vitest";
import { run } from "#cli/program";
import { fakeCli } from "#test/fakes/cli";

describe("musterbook members render", () => {
  it("prints a template for the hub that the configuration and the options name", async () => {
    const cli = fakeCli();

    expect(await run(["members", "render", "--hub-region", "eu-central-1", "--stage", "dev"], cli)).toBe(0);

    const { Resources } = JSON.parse(cli.out());
    expect(Object.keys(Resources)).toEqual(expect.arrayContaining(["ForwardRole", "ClusterEvents", "ObserveRole"]));
    expect(cli.out()).toContain("arn:aws:events:eu-central-1:111122223333:event-bus/musterbook-dev-hub");
  });

  it("needs to know where the hub is", async () => {
    const cli = fakeCli();

    expect(await run(["members", "render"], cli)).toBe(2);
    expect(cli.err()).toContain("--hub-region");
    expect(cli.out()).toBe("");
  });
});

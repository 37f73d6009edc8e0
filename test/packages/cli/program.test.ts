import { describe, expect, it } from "vitest";
import { run } from "#cli/program";
import { fakeCli } from "#test/fakes/cli";

async function runIn(...args: string[]) {
  const cli = fakeCli();
  const exitCode = await run(args, cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

describe("musterbook", () => {
  it("prints its help with examples and exit codes on stdout", async () => {
    const { exitCode, out, err } = await runIn("--help");
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toMatch(/Examples:\n {2}\$ musterbook audit/);
    expect(out).toContain("Exit code: 0");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it.each(["audit", "demo", "observe", "status", "plan", "replay", "charts"])(
    "prints examples of %s in 80 columns",
    async (command) => {
      const { exitCode, out } = await runIn(command, "--help");
      expect(exitCode).toBe(0);
      expect(out).toMatch(/\nExamples:\n {2}\$ /);
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  it.each(["audit", "plan", "replay"])("fits the prose of %s's help into a narrow terminal", async (command) => {
    const cli = fakeCli({ isTTY: true, columns: 60 });
    await run([command, "--help"], cli);
    const prose = cli.out().slice(cli.out().indexOf("Exit code:")).split("\n");
    expect(prose.length).toBeGreaterThan(2);
    for (const line of prose) expect(line.length).toBeLessThanOrEqual(60);
  });

  it("ends with 2 and its help on stderr without a command", async () => {
    const { exitCode, out, err } = await runIn();
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toContain("Usage: musterbook");
  });

  it("prints its version", async () => {
    expect(await runIn("--version")).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each([
    [["audti"], "unknown command 'audti'\n(Did you mean audit?)"],
    [["stauts"], "unknown command 'stauts'\n(Did you mean status?)"],
    [["charts", "lst"], "unknown command 'lst'\n(Did you mean list?)"],
    [["replay"], "missing required argument 'file'"],
    [["plan", "--output", "yaml"], "Allowed choices are table, json."],
    [["observe", "--namespcae", "x"], "unknown option '--namespcae'\n(Did you mean --namespace?)"],
    [["audit", "x", "--outptu", "json"], "unknown option '--outptu'\n(Did you mean --output?)"],
    [["audit"], "missing required argument 'bucket'"],
    [["audit", "x", "--output", "yaml"], "Allowed choices are table, json, openmetrics."],
    [["audit", "x", "--now", "yesterday"], "2026-11-20T13:10:00Z."],
    [["audit", "x", "--now", "2026-11-20"], "2026-11-20T13:10:00Z."],
    [["audit", "x", "--endpoint", "minio:9000"], "https://s3.example.com:9000."],
    [["audit", "a", "b"], "too many arguments"],
  ])("says what is wrong with %j and ends with 2", async (args, text) => {
    const { exitCode, out, err } = await runIn(...args);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err.startsWith("musterbook: ")).toBe(true);
    expect(err.replaceAll("\n", " ")).toContain(text.replaceAll("\n", " "));
  });
});

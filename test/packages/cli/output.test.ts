import { describe, expect, it } from "vitest";
import { print, printJson, widthOf } from "#cli/output";
import { fakeCli } from "#test/fakes/cli";

describe("widthOf", () => {
  it.each([
    [{ isTTY: true, columns: 60 }, 60],
    [{ isTTY: true, columns: 250 }, 120],
    [{ isTTY: true, columns: 0 }, 80],
    [{ isTTY: true }, 80],
    [{ columns: 60 }, 80],
  ])("of %j is %i", (stream, width) => {
    expect(widthOf({ write: () => true, ...stream })).toBe(width);
  });
});

describe("print", () => {
  const hostile = "prod\u001b[2J\u009b31m\r\u0007\u202e-a\ttab\nnext";

  it("shows control characters of others instead of sending them to the terminal", () => {
    const cli = fakeCli({ isTTY: true });
    print(cli, cli.stdout, hostile);
    expect(cli.out()).toBe("prod\\u001b[2J\\u009b31m\\u000d\\u0007\\u202e-a\\u0009tab\nnext");
  });

  it("colours the words of severity on a terminal, after escaping", () => {
    const cli = fakeCli({ isTTY: true });
    print(cli, cli.stdout, "CRITICAL  overlap\n  not CRITICAL here\n");
    expect(cli.out()).toBe("\u001b[1;31mCRITICAL\u001b[0m  overlap\n  not CRITICAL here\n");
  });

  it.each([{ isTTY: false }, { isTTY: true, env: { NO_COLOR: "1" } }, { isTTY: true, env: { TERM: "dumb" } }])(
    "is plain with %j",
    (options) => {
      const cli = fakeCli(options);
      print(cli, cli.stdout, "CRITICAL  overlap\n");
      expect(cli.out()).toBe("CRITICAL  overlap\n");
    },
  );

  it("keeps JSON the same value", () => {
    const cli = fakeCli();
    printJson(cli, { label: hostile });
    expect(cli.out()).not.toMatch(/[\u007f-\u009f\u202e]/);
    expect(JSON.parse(cli.out())).toEqual({ label: hostile });
  });
});

import { describe, expect, it } from "vitest";
import { progressLine } from "#cli/progress";
import { fakeCli } from "#test/fakes/cli";

describe("progressLine", () => {
  it("says nothing within the first two seconds", () => {
    const cli = fakeCli({ isTTY: true });
    const { onProgress, end } = progressLine(cli);
    onProgress({ phase: "list", done: 1000 });
    cli.clock.advance(1999);
    onProgress({ phase: "list", done: 2000 });
    end();
    expect(cli.err()).toBe("");
  });

  it("then says what it does, how far it is, how fast, and how long still", () => {
    const cli = fakeCli({ isTTY: true });
    const { onProgress } = progressLine(cli);
    onProgress({ phase: "list", done: 5000 });
    cli.clock.advance(1000);
    onProgress({ phase: "read", done: 0, total: 4000 });
    cli.clock.advance(2000);
    onProgress({ phase: "read", done: 1000, total: 4000 });
    expect(cli.err()).toBe("\r\u001b[Kreading block metadata: 1,000 of 4,000, 500/s, 6 s left");
  });

  it("reckons with what was done since it was first told of, though another thing is told of in between", () => {
    const cli = fakeCli({ isTTY: true });
    const { onProgress } = progressLine(cli);
    onProgress({ phase: "read", done: 3000, total: 5000 });
    cli.clock.advance(2000);
    onProgress({ phase: "list", done: 5000 });
    cli.clock.advance(2000);
    onProgress({ phase: "read", done: 4000, total: 5000 });
    expect(cli.err().split("\r\u001b[K").at(-1)).toBe("reading block metadata: 4,000 of 5,000, 250/s, 4 s left");
  });

  it("draws five times a second at most and erases itself", () => {
    const cli = fakeCli({ isTTY: true });
    const { onProgress, end } = progressLine(cli);
    cli.clock.advance(3000);
    for (let done = 1; done <= 20; done += 1) {
      onProgress({ phase: "list", done });
      cli.clock.advance(50);
    }
    end();
    expect(cli.err().split("listing objects")).toHaveLength(6);
    expect(cli.err().endsWith("\r\u001b[K")).toBe(true);
  });

  it("says nothing where stderr is no terminal", () => {
    const cli = fakeCli({ isTTY: false });
    const { onProgress, end } = progressLine(cli);
    cli.clock.advance(60_000);
    onProgress({ phase: "list", done: 1000 });
    end();
    expect(cli.err()).toBe("");
  });
});

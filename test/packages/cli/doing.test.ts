import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { doing } from "#cli/doing";
import { fakeCli } from "#test/fakes/cli";

const ERASE = "\r\u001b[K";

describe("doing", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("says nothing within the first two seconds", () => {
    const cli = fakeCli({ isTTY: true });
    const line = doing(cli, "connecting");
    vi.advanceTimersByTime(1999);
    line.end();
    vi.advanceTimersByTime(5000);
    expect(cli.err()).toBe("");
  });

  it("then says what is done, anew when that changes, and erases itself", () => {
    const cli = fakeCli({ isTTY: true });
    const line = doing(cli, "connecting");
    vi.advanceTimersByTime(2500);
    line.tell("looking at: nodes\u001b[2J");
    vi.advanceTimersByTime(1000);
    line.end();
    expect(cli.err()).toBe(`${ERASE}connecting ...${ERASE}looking at: nodes\\u001b[2J ...${ERASE}`);
  });

  it("says nothing where stderr is no terminal", () => {
    const cli = fakeCli();
    const line = doing(cli, "connecting");
    line.tell("looking");
    vi.advanceTimersByTime(5000);
    line.end();
    expect(cli.err()).toBe("");
  });
});

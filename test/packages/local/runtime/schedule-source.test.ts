import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import { localWorld, START } from "#test/packages/local/runtime/world";

const functions = {
  sweep: {
    source: {
      kind: "schedule",
      rate: "rate(15 minutes)",
      input: { why: "tick" },
      retries: 2,
      deadLetterQueue: "schedules-dlq",
    },
    timeoutSeconds: 600,
  },
} as const;

function at(seconds: number): Date {
  return new Date(Date.parse(START) + seconds * 1000);
}

/** A sweep that fails the first `failures` times. */
function sweepWorld(failures = 0) {
  const runs: { readonly event: unknown; readonly at: Date }[] = [];
  const world = localWorld(
    { functions },
    {
      sweep: async (event) => {
        runs.push({ event, at: world.clock.now() });
        if (runs.length <= failures) throw new Error(`failure ${runs.length}`);
      },
    },
  );
  return { ...world, runs };
}

describe("a schedule", () => {
  it("runs at once, then once per period, with its input", async () => {
    const { runtime, clock, runs } = sweepWorld();
    await runtime.runUntilIdle();
    expect(runtime.nextAt()).toEqual(at(900));
    clock.set(at(899));
    expect(runtime.pending()).toEqual([]);
    clock.set(at(900));
    await runtime.runUntilIdle();
    expect(runs).toEqual([
      { event: { why: "tick" }, at: at(0) },
      { event: { why: "tick" }, at: at(900) },
    ]);
  });

  it("makes up for many missed runs by one, and keeps its grid", async () => {
    const { runtime, clock, runs } = sweepWorld();
    await runtime.runUntilIdle();
    clock.set(at(10 * 900 + 17));
    await runtime.runUntilIdle();
    expect(runs).toHaveLength(2);
    expect(runtime.nextAt()).toEqual(at(11 * 900));
  });

  it("tries again one minute after a failure, then two", async () => {
    const { runtime, clock, runs } = sweepWorld(2);
    await runtime.runUntilIdle();
    clock.set(at(60));
    await runtime.runUntilIdle();
    clock.set(at(179));
    await runtime.runUntilIdle();
    clock.set(at(180));
    await runtime.runUntilIdle();
    expect(runs.map((run) => run.at)).toEqual([at(0), at(60), at(180)]);
    expect(runtime.deadLetters()).toEqual([]);
    expect(runtime.nextAt()).toEqual(at(900));
  });

  it("dead-letters a run that failed for good, with the reason, and runs on", async () => {
    const { runtime, clock, runs } = sweepWorld(3);
    for (const seconds of [0, 60, 180, 900]) {
      clock.set(at(seconds));
      await runtime.runUntilIdle();
    }
    expect(runs).toHaveLength(4);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({ queue: "schedules-dlq", body: '{"why":"tick"}', reason: "failure 3", at: at(180) }),
    ]);
    expect(runtime.redrive("schedules-dlq")).toBe(0);
  });

  it("remembers over a restart when it runs next", async () => {
    const { runtime, reopen, clock, runs } = sweepWorld();
    await runtime.runUntilIdle();
    const again = reopen();
    expect(again.pending()).toEqual([]);
    clock.set(at(900));
    await again.runUntilIdle();
    expect(runs).toHaveLength(2);
  });

  it("tries a run again that the process did not survive, after its time-out", async () => {
    const { db, runtime, reopen, clock } = localWorld({ functions }, { sweep: () => Promise.withResolvers().promise });
    const [delivery] = runtime.pending();
    if (delivery !== undefined) runtime.deliver(delivery).catch(() => undefined);
    const attempts = () => db.prepare("SELECT attempts FROM invocation").all();
    expect(attempts()).toEqual([{ attempts: 1 }]);
    const again = reopen();
    expect(again.pending()).toEqual([]);
    clock.set(at(600));
    expect(again.pending()).toHaveLength(1);
  });

  it("never overlaps itself", async () => {
    const gate = Promise.withResolvers<void>();
    const { runtime, clock } = localWorld({ functions }, { sweep: () => gate.promise });
    const [delivery] = runtime.pending();
    if (delivery === undefined) throw new Error("nothing is pending");
    const ended = runtime.deliver(delivery);
    clock.set(at(3000));
    expect(runtime.pending()).toEqual([]);
    expect(await runtime.deliver(delivery)).toBe("nothing");
    gate.resolve();
    expect(await ended).toBe("done");
    expect(runtime.pending()).toHaveLength(1);
  });

  it("is forgotten when the wiring no longer has it, and pulled near when it gets more frequent", async () => {
    const { runtime, db, clock, log } = sweepWorld();
    await runtime.runUntilIdle();
    const often = { ...functions.sweep, source: { ...functions.sweep.source, rate: "rate(1 minute)" } } as const;
    const faster = localWorld({ functions: { sweep: often } }, {}, { db, clock, log }).runtime;
    expect(faster.nextAt()).toEqual(at(60));
    expect(localWorld({ functions: {} }, {}, { db, clock, log }).runtime.nextAt()).toBeUndefined();
  });

  it("refuses a rate that it does not understand", () => {
    const source = { ...functions.sweep.source, rate: "rate(0 minutes)" } as const;
    expect(() => localWorld({ functions: { sweep: { ...functions.sweep, source } } })).toThrow(TerminalError);
  });
});

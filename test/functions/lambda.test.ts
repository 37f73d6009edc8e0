import { describe, expect, it } from "vitest";
import { RetryableError, TerminalError } from "#fleet/errors";
import { type Message, onMessages, onTick } from "#functions/lambda";
import { queues } from "#stacks/wiring";
import { deployment } from "#test/factories/deployment";
import { lambdaContext, sqsEvent } from "#test/factories/sqs";

const RETRYABLE = new RetryableError("EKS throttles", { remedy: "Wait.", reason: "throttled" });
const TERMINAL = new TerminalError("no JSON", { remedy: "Send JSON.", reason: "malformed" });

/** Answers a message by its body: `retry`, `terminal`, `defect` throw, anything else is done. */
function answering(queue: string, answer?: (message: Message) => Promise<void>) {
  const { ports, runtime, lines, clock } = deployment({ only: [] });
  const done: string[] = [];
  const handler = onMessages(async (message) => {
    await answer?.(message);
    if (message.body.startsWith("retry")) throw RETRYABLE;
    if (message.body.startsWith("terminal")) throw TERMINAL;
    if (message.body.startsWith("defect")) throw new TypeError("x is not a function");
    done.push(message.body);
  })(ports);
  const handle = (messages: Parameters<typeof sqsEvent>[1]) => handler(sqsEvent(queue, messages), lambdaContext());
  return { handle, done, runtime, lines, clock, ports };
}

function failures(...ids: string[]) {
  return { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) };
}

describe("onMessages, with a standard queue", () => {
  it("hands back exactly what can succeed later; the rest is done", async () => {
    const { handle, done } = answering("cluster-events");

    const answer = await handle([{ id: "a" }, { id: "b", body: "retry" }, { id: "c" }]);

    expect(answer).toEqual(failures("b"));
    expect(done).toEqual(["a", "c"]);
  });

  it("hands back what failed by a defect, too", async () => {
    const { handle, runtime } = answering("cluster-events");

    expect(await handle([{ id: "a", body: "defect" }])).toEqual(failures("a"));
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("dead-letters what comes for the last time with what was wrong, and leaves to SQS what nobody foresaw", async () => {
    const { handle, runtime } = answering("cluster-events");
    const { maxReceiveCount: receives } = queues["cluster-events"];

    expect(await handle([{ id: "a", body: "retry", receives: receives - 1 }])).toEqual(failures("a"));
    expect(await handle([{ id: "b", body: "retry", receives }])).toEqual(failures());
    expect(await handle([{ id: "c", body: "defect", receives }])).toEqual(failures("c"));
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({ queue: "cluster-events-dlq", body: "retry", reason: "EKS throttles. Wait." }),
    ]);
  });

  it("dead-letters at once what cannot succeed, with reason, remedy and where it came from", async () => {
    const { handle, runtime } = answering("cluster-events");

    expect(await handle([{ id: "a", body: "terminal" }])).toEqual(failures());
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({
        queue: "cluster-events-dlq",
        body: "terminal",
        origin: "cluster-events",
        reason: "no JSON. Send JSON.",
      }),
    ]);
  });

  it("answers a mixed batch message by message", async () => {
    const { handle, done, runtime } = answering("cluster-events");

    const answer = await handle(
      ["terminal 1", "ok 1", "retry 1", "defect 1", "ok 2", "terminal 2"].map((id) => ({ id })),
    );

    expect(answer).toEqual(failures("retry 1", "defect 1"));
    expect(done).toEqual(["ok 1", "ok 2"]);
    expect(runtime.deadLetters().map(({ body }) => body)).toEqual(["terminal 1", "terminal 2"]);
  });

  it("does not throw when every message fails", async () => {
    const { handle } = answering("cluster-events");

    const answer = await handle([
      { id: "a", body: "retry" },
      { id: "b", body: "retry" },
    ]);

    expect(answer).toEqual(failures("a", "b"));
  });

  it("hands a message back when its dead-letter queue does not take it: nothing is lost", async () => {
    const { ports } = deployment({
      only: [],
      ports: { queues: { send: async () => Promise.reject(new RetryableError("SQS is away", { remedy: "Wait." })) } },
    });
    const handler = onMessages(async () => {
      throw TERMINAL;
    })(ports);

    expect(await handler(sqsEvent("cluster-events", [{ id: "a" }]), lambdaContext())).toEqual(failures("a"));
  });

  it("hands a message back when its queue is not in the wiring, so has no dead-letter queue that is known", async () => {
    const { handle, runtime } = answering("somebody-elses");

    expect(await handle([{ id: "a", body: "terminal" }])).toEqual(failures("a"));
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("cuts a reason that would not fit beside the body", async () => {
    const { handle, runtime } = answering("cluster-events", async () => {
      throw new TerminalError("x".repeat(10_000), { remedy: "None." });
    });
    await handle([{ id: "a" }]);

    expect(runtime.deadLetters()[0]?.reason).toHaveLength(2_000);
  });

  it("logs every failure with queue, message and causes", async () => {
    const { handle, lines } = answering("cluster-events", async () => {
      throw new RetryableError("not now", { remedy: "Wait.", cause: new Error("socket hang up") });
    });
    await handle([{ id: "a" }]);

    const failed = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === "message failed");
    expect(failed).toEqual([
      expect.objectContaining({ queue: "cluster-events", error: "not now: socket hang up", level: "WARN" }),
    ]);
  });

  it("tells each message when the invocation ends", async () => {
    const deadlines: Date[] = [];
    const { handle } = answering("cluster-events", async ({ deadline }) => void deadlines.push(deadline));
    await handle([{ id: "a" }]);

    expect(deadlines).toEqual([new Date("2026-11-21T10:00:30.000Z")]);
  });
});

describe("onMessages, with a FIFO queue", () => {
  const batch = [
    { id: "a1", group: "a" },
    { id: "b1", group: "b" },
    { id: "retry a2", group: "a" },
    { id: "a3", group: "a" },
    { id: "b2", group: "b" },
  ];

  it("answers in order, and hands back a group from its first failure on", async () => {
    const { handle, done } = answering("clusters.fifo");

    expect(await handle(batch)).toEqual(failures("retry a2", "a3"));
    expect(done).toEqual(["a1", "b1", "b2"]);
  });

  it("answers one message after the other", async () => {
    let running = 0;
    let most = 0;
    const { handle } = answering("clusters.fifo", async () => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
    });
    await handle([
      { id: "a1", group: "a" },
      { id: "a2", group: "a" },
      { id: "b1", group: "b" },
    ]);

    expect(most).toBe(1);
  });

  it("goes on in a group after what cannot succeed, which keeps its group in the dead-letter queue", async () => {
    const { handle, done, runtime } = answering("clusters.fifo");

    const answer = await handle([
      { id: "a1", body: "terminal", group: "a" },
      { id: "a2", group: "a" },
    ]);

    expect(answer).toEqual(failures());
    expect(done).toEqual(["a2"]);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({ queue: "clusters-dlq.fifo", groupId: "a", origin: "clusters.fifo" }),
    ]);
  });

  it("returns failures and does not throw when every message fails", async () => {
    const { handle } = answering("clusters.fifo");

    const answer = await handle([
      { id: "retry a1", group: "a" },
      { id: "retry b1", group: "b" },
    ]);

    expect(answer).toEqual(failures("retry a1", "retry b1"));
  });
});

describe("a dead letter that is redriven and fails again", () => {
  it("is dead-lettered again, within the five minutes in which FIFO queues drop repeats", async () => {
    const { runtime, settle, clock } = deployment({ only: ["reconcile-cluster"] });
    await runtime.queues.send("clusters.fifo", { body: "no JSON", groupId: "a", dedupId: "1" });
    await settle();
    clock.advance(60_000);
    runtime.redrive("clusters-dlq.fifo");
    await settle();

    expect(runtime.deadLetters().map(({ body }) => body)).toEqual(["no JSON"]);
  });
});

describe("onTick", () => {
  it("answers whatever the event holds, with the end of the invocation", async () => {
    const { ports } = deployment({ only: [] });
    const seen: Date[] = [];
    const handler = onTick(async (_, deadline) => void seen.push(deadline))(ports);

    await handler({ anything: 1 }, lambdaContext(50_000));
    await handler(undefined, lambdaContext(50_000));

    expect(seen).toEqual([new Date("2026-11-21T10:00:50.000Z"), new Date("2026-11-21T10:00:50.000Z")]);
  });

  it("lets a failure fail the invocation, so that it is tried again", async () => {
    const { ports } = deployment({ only: [] });
    const handler = onTick(async () => {
      throw RETRYABLE;
    })(ports);

    await expect(handler({}, lambdaContext())).rejects.toThrow("EKS throttles");
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LambdaHandler } from "#local/runtime/lambda";
import type { Runtime } from "#local/runtime/runtime";
import type { Delivery } from "#local/runtime/source";
import { localWorld } from "#test/packages/local/runtime/world";

const queues = {
  work: { fifo: false, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "work-dlq" },
  "looks.fifo": { fifo: true, visibilitySeconds: 30, maxReceiveCount: 3, deadLetterQueue: "looks-dlq.fifo" },
} as const;

const functions = {
  "do-work": { source: { kind: "queue", queue: "work", batchSize: 3 }, timeoutSeconds: 30 },
  "do-looks": { source: { kind: "queue", queue: "looks.fifo", batchSize: 3 }, timeoutSeconds: 30 },
} as const;

type FunctionName = keyof typeof functions;

/** What happens next. `deliver`: which delivery, and what the function makes of its batch; `crash`: the process ends meanwhile. */
type Act =
  | { readonly do: "send"; readonly group: string | null }
  | { readonly do: "deliver"; readonly pick: number; readonly outcome: "done" | "fail" | "crash" | readonly number[] }
  | { readonly do: "pass"; readonly seconds: number };

const ACT: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ do: fc.constant("send" as const), group: fc.constantFrom(null, "a", "b", "c") }),
  fc.record({
    do: fc.constant("deliver" as const),
    pick: fc.nat(5),
    outcome: fc.oneof(fc.constantFrom("done" as const, "fail" as const, "crash" as const), fc.array(fc.nat(2))),
  }),
  fc.record({ do: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 40 }) }),
);

interface Record {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly MessageGroupId?: string };
}

/** Sends, fails and crashes as told, and watches that no message overtakes another of its group. */
function watchedWorld() {
  const sent: string[] = [];
  const done: string[] = [];
  const next: { outcome: "done" | "fail" | "crash" | readonly number[] } = { outcome: "done" };
  const dead = (): string[] => world.runtime.deadLetters().map(({ body }) => body);

  const watchOrder = (records: readonly Record[]): void => {
    const settled = new Set([...done, ...dead()]);
    for (const { body, attributes } of records) {
      const group = attributes.MessageGroupId;
      const earlier = sent.slice(0, sent.indexOf(body)).filter((other) => other.startsWith(`${group}:`));
      expect(group === undefined ? [] : earlier.filter((other) => !settled.has(other))).toEqual([]);
      settled.add(body);
    }
  };
  const handler: LambdaHandler = async (event) => {
    const { Records } = event as { Records: readonly Record[] };
    watchOrder(Records);
    if (next.outcome === "crash") return Promise.withResolvers().promise;
    if (next.outcome === "fail") throw new Error("failed");
    const failed = next.outcome === "done" ? [] : next.outcome;
    done.push(...Records.filter((_, index) => !failed.includes(index)).map(({ body }) => body));
    return {
      batchItemFailures: Records.filter((_, index) => failed.includes(index)).map(({ messageId }) => ({
        itemIdentifier: messageId,
      })),
    };
  };
  const world = localWorld<FunctionName>({ queues, functions }, { "do-work": handler, "do-looks": handler });
  return { ...world, sent, done, dead, next };
}

type World = ReturnType<typeof watchedWorld>;

async function send({ runtime, sent }: World, group: string | null): Promise<void> {
  const body = `${group}:${sent.length}`;
  sent.push(body);
  if (group === null) await runtime.queues.send("work", { body });
  else await runtime.queues.send("looks.fifo", { body, groupId: group, dedupId: body });
}

async function play(world: World, acts: readonly Act[]): Promise<void> {
  let runtime: Runtime<FunctionName> = world.runtime;
  for (const act of acts) {
    if (act.do === "send") await send(world, act.group);
    else if (act.do === "pass") world.clock.advance(act.seconds * 1000);
    else {
      world.next.outcome = act.outcome;
      const step = runtime.step({ choose: (pending) => picked(pending, act.pick) });
      if (act.outcome === "crash") runtime = world.reopen();
      else expect(await step).not.toBe("nothing");
    }
  }
}

function picked<D extends Delivery>(pending: readonly D[], pick: number): D | undefined {
  return pending[pick % pending.length];
}

describe("however sending, delivering, failing and crashing interleave", () => {
  it("every message is done with or dead in the end, once, and none overtakes another of its group", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(ACT, { maxLength: 60 }), async (acts) => {
        const world = watchedWorld();
        await play(world, acts);
        world.next.outcome = "done";
        const drained = world.reopen();
        await drained.runUntilIdle({ maxSteps: 1000 });
        for (let at = drained.nextAt(); at !== undefined; at = drained.nextAt()) {
          world.clock.set(at);
          await drained.runUntilIdle({ maxSteps: 1000 });
        }
        expect([...world.done, ...world.dead()].toSorted()).toEqual(world.sent.toSorted());
        expect([...drained.messages("work"), ...drained.messages("looks.fifo")]).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it("the same seed tells the same story", async () => {
    const story = async (): Promise<unknown> => {
      const seen: unknown[] = [];
      let state = 1;
      const random = (): number => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
      };
      const note: LambdaHandler = async (event, { awsRequestId }) => {
        seen.push(event, awsRequestId);
        if (random() < 0.5) throw new Error("failed");
      };
      const handlers = { "do-work": note, "do-looks": note };
      const { runtime, clock } = localWorld<FunctionName>({ queues, functions }, handlers, { random });
      for (let n = 0; n < 20; n += 1) {
        await runtime.queues.send("looks.fifo", { body: `${n}`, groupId: `${n % 3}`, dedupId: `${n}` });
      }
      for (let n = 0; n < 10; n += 1) {
        await runtime.runUntilIdle({ choose: (pending) => picked(pending, Math.floor(random() * 10)) });
        clock.advance(30_000);
      }
      return [seen, runtime.deadLetters()];
    };
    expect(await story()).toEqual(await story());
  });
});

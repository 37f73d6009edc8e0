import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutgoingMessage } from "#fleet/messaging";
import { type FunctionName, functions } from "#stacks/wiring";
import { deployment } from "#test/factories/deployment";
import { CLUSTER_EVENTS, type Envelope, eventOf, OBJECT_EVENTS } from "#test/factories/events";

const SEED = 20_261_121;
/** What SQS takes in a message and its attributes: XML's characters. */
const SQS_TEXT = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;
const DEEP = "[".repeat(20_000) + "]".repeat(20_000);

type Path = readonly string[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

/** The JSON of `value` with other JSON at a path; undefined takes the field away. */
function jsonWith(value: unknown, [key, ...rest]: Path, replacement: string | undefined): string | undefined {
  if (key === undefined) return replacement;
  const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
  const fields = (entries.some(([name]) => name === key) ? entries : [...entries, [key, null] as const]).flatMap(
    ([name, inner]) => {
      const text = name === key ? jsonWith(inner, rest, replacement) : JSON.stringify(inner);
      return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
    },
  );
  return `{${fields.join(",")}}`;
}

const anyJson = fc.oneof(
  { weight: 4, arbitrary: fc.json() },
  fc.string({ unit: "binary", maxLength: 500 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    "null",
    '""',
    "0",
    "-1e999",
    "[]",
    "{}",
    '"%"',
    '"%E0%A4%A"',
    DEEP,
    JSON.stringify("x".repeat(50_000)),
  ),
  fc.constantFrom('{"__proto__":{"arn":"x"}}', '"\\u0000\\ufffe\\ud800"', '{"toString":null}', '"aws.eks"'),
);

/** Bodies made of the samples: cut off, with a value changed, taken away or put in, each with ids of its own. */
function mutatedBodies(names: readonly (typeof CLUSTER_EVENTS | typeof OBJECT_EVENTS)[number][], count: number) {
  const mutated = fc.constantFrom(...names).chain((name) => {
    const event = eventOf(name);
    const path = fc.constantFrom(...pathsOf(event));
    const added = fc
      .tuple(path, fc.constantFrom("__proto__", "constructor", "", "arn"))
      .map(([at, key]) => [...at, key]);
    return fc.tuple(
      fc.constant(event),
      fc.oneof(
        { weight: 1, arbitrary: fc.nat().map((cut) => (text: string) => text.slice(0, 1 + (cut % text.length))) },
        {
          weight: 1,
          arbitrary: fc.nat().map((at) => (text: string) => text.replace(text.charAt(at % text.length), "")),
        },
        {
          weight: 5,
          arbitrary: fc
            .tuple(fc.oneof({ weight: 4, arbitrary: path }, added), fc.option(anyJson, { nil: undefined }))
            .map(
              ([at, json]) =>
                (text: string) =>
                  jsonWith(JSON.parse(text), at, json) ?? "null",
            ),
        },
        { weight: 1, arbitrary: fc.constant((text: string) => text) },
      ),
    );
  });
  return fc.sample(mutated, { numRuns: count, seed: SEED }).map(([event, mutate], at) => mutate(withIds(event, at)));
}

function withIds(event: Envelope, at: number): string {
  return JSON.stringify({ ...event, id: `envelope-${at}`, detail: { ...event.detail, eventID: `call-${at}` } });
}

/** Lets one function answer all bodies; what it sent, besides dead letters, is in `sent`. */
async function answerAll(only: FunctionName, queue: string, bodies: readonly string[]) {
  const sent: OutgoingMessage[] = [];
  const world = deployment({ only: [only], config: { buckets: [{ url: "s3://metrics-blocks" }] } });
  const { send } = world.runtime.queues;
  Object.assign(world.ports.queues, {
    send: async (to: string, message: OutgoingMessage) => {
      if (to === "clusters.fifo") sent.push(message);
      await send(to, message);
    },
  });
  for (const body of bodies) await send(queue, { body });
  const outcomes: string[] = [];
  for (let outcome = await world.runtime.step(); outcome !== undefined; outcome = await world.runtime.step()) {
    outcomes.push(outcome);
  }
  return { ...world, sent, outcomes };
}

describe("1000 mutated CloudTrail events", () => {
  const bodies = mutatedBodies(CLUSTER_EVENTS, 1_000);

  it("crash nothing: each is a look, ignored, or in the dead-letter queue with its reason", async () => {
    const { sent, outcomes, runtime, lines } = await answerAll("route-cluster-event", "cluster-events", bodies);
    const letters = runtime.deadLetters();
    const ignored = lines.filter((line) => line.includes('"cluster event ignored"'));

    expect(outcomes).toEqual(Array.from({ length: 100 }, () => "done"));
    expect(runtime.messages("cluster-events")).toEqual([]);
    expect(sent.length + ignored.length + letters.length).toBe(1_000);
    for (const share of [sent, ignored, letters]) expect(share.length).toBeGreaterThan(100);
    expect(runtime.messages("clusters.fifo")).toHaveLength(new Set(sent.map(({ dedupId }) => dedupId)).size);
  });

  it("are dead-lettered as they came, with a reason that SQS takes", async () => {
    const { runtime } = await answerAll("route-cluster-event", "cluster-events", bodies);
    const letters = runtime.deadLetters();

    expect(letters.filter(({ body }) => !bodies.includes(body))).toEqual([]);
    expect(
      letters.filter(({ queue, origin }) => queue !== "cluster-events-dlq" || origin !== "cluster-events"),
    ).toEqual([]);
    const reasons = letters.map(({ reason }) => reason ?? "");
    expect(reasons.filter((reason) => !/^event cannot be read: .+ is .+: .+/s.test(reason))).toEqual([]);
    expect(reasons.filter((reason) => !SQS_TEXT.test(reason))).toEqual([]);
    expect(reasons.filter((reason) => reason.length > 2_000)).toEqual([]);
  });
});

describe("200 mutated S3 events", () => {
  const bodies = mutatedBodies(OBJECT_EVENTS, 200);

  it("crash nothing: each is answered, or in the dead-letter queue with its reason", async () => {
    const { outcomes, runtime, lines } = await answerAll("index-block", "block-events", bodies);
    const letters = runtime.deadLetters();
    const failed = lines.filter((line) => line.includes('"message failed"'));

    const batches = Math.ceil(bodies.length / functions["index-block"].source.batchSize);
    expect(outcomes).toEqual(Array.from({ length: batches }, () => "done"));
    expect(runtime.messages("block-events")).toEqual([]);
    expect(letters.length).toBe(failed.length);
    expect(letters.length).toBeGreaterThan(20);
    expect(letters.length).toBeLessThan(180);
    const reasons = letters.map(({ reason }) => reason ?? "");
    expect(reasons.filter((reason) => !/^event cannot be read: .+ is .+: .+/s.test(reason))).toEqual([]);
    expect(reasons.filter((reason) => !SQS_TEXT.test(reason))).toEqual([]);
  });
});

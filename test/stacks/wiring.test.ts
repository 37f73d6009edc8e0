import { describe, expect, it } from "vitest";
import { handlers } from "#functions/handlers";
import { compileFilter, compilePattern } from "#local/runtime/patterns";
import {
  type FunctionWiring,
  functions,
  type Pattern,
  type QueueWiring,
  queues,
  type RuleWiring,
  rules,
  type SubscriptionWiring,
  subscriptions,
  topics,
} from "#stacks/wiring";
import { CLUSTER_EVENTS, eventOf, OBJECT_EVENTS } from "#test/factories/events";

const allFunctions: readonly (readonly [string, FunctionWiring])[] = Object.entries(functions);
const allQueues: readonly (readonly [string, QueueWiring])[] = Object.entries(queues);
const allRules: readonly RuleWiring[] = rules;
const allSubscriptions: readonly SubscriptionWiring[] = subscriptions;
const queueNames = allQueues.map(([name]) => name);
const consumers = allFunctions.flatMap(([name, { source, timeoutSeconds }]) =>
  source.kind === "queue" ? [{ name, timeoutSeconds, queue: source.queue }] : [],
);

describe("the functions", () => {
  it("have each a handler, and no handler is left without one", () => {
    expect(Object.keys(handlers).toSorted()).toEqual(Object.keys(functions).toSorted());
  });

  it("end within what Lambda allows, and before a schedule starts them again", () => {
    const rates = /^rate\((\d+) (minute|hour)/;
    for (const [name, { source, timeoutSeconds }] of allFunctions) {
      const [, count, unit] = source.kind === "schedule" ? (rates.exec(source.rate) ?? []) : [];
      const rate = count === undefined ? Number.POSITIVE_INFINITY : Number(count) * (unit === "hour" ? 3600 : 60);
      expect(timeoutSeconds, name).toBeLessThanOrEqual(900);
      expect(timeoutSeconds, name).toBeLessThan(rate);
    }
  });
});

describe("reconcile-cluster", () => {
  it("gets one cluster an invocation, since one look may take all of it", () => {
    expect(functions["reconcile-cluster"].source.batchSize).toBe(1);
  });
});

describe("the queues", () => {
  it("are consumed by exactly one function each", () => {
    expect(consumers.map(({ queue }) => queue).toSorted()).toEqual(queueNames.toSorted());
  });

  it.each(consumers)("$queue hides a message for longer than $name may take", ({ queue, timeoutSeconds }) => {
    const visibility = allQueues.find(([name]) => name === queue)?.[1].visibilitySeconds;

    expect(visibility).toBeGreaterThan(timeoutSeconds);
  });

  it.each(allQueues)("%s gives up into a dead-letter queue of its own kind, which nothing consumes", (name, queue) => {
    expect(name.endsWith(".fifo")).toBe(queue.fifo);
    expect(queue.deadLetterQueue.endsWith(".fifo")).toBe(queue.fifo);
    expect(queueNames).not.toContain(queue.deadLetterQueue);
    expect(queue.maxReceiveCount).toBeGreaterThan(1);
  });

  it("share no dead-letter queue", () => {
    expect(new Set(allQueues.map(([, { deadLetterQueue }]) => deadLetterQueue)).size).toBe(allQueues.length);
  });

  it("come with a dead-letter queue for every schedule and stream, none of them FIFO", () => {
    const others = allFunctions.flatMap(([, { source }]) => (source.kind === "queue" ? [] : [source.deadLetterQueue]));

    expect(others).toHaveLength(allFunctions.length - consumers.length);
    expect(others.filter((name) => name === "" || name.endsWith(".fifo") || queueNames.includes(name))).toEqual([]);
  });
});

describe("the rules", () => {
  /** The queues that an event reaches. */
  const reached = (event: unknown): readonly string[] =>
    allRules.filter(({ pattern }) => compilePattern(pattern)(event)).map(({ queue }) => queue);

  it.each(CLUSTER_EVENTS)("bring %s to the cluster events", (name) => {
    expect(reached(eventOf(name))).toEqual(["cluster-events"]);
  });

  it.each(OBJECT_EVENTS)("bring %s to the block events", (name) => {
    expect(reached(eventOf(name))).toEqual(["block-events"]);
  });

  it("let nothing else in", () => {
    const call = eventOf("create-cluster");
    const object = eventOf("object-created");

    for (const other of [
      { ...call, source: "aws.ec2" },
      { ...call, "detail-type": "AWS Service Event via CloudTrail" },
      { ...call, detail: { ...call.detail, eventName: "DescribeCluster" } },
      { ...call, detail: { ...call.detail, eventSource: "ec2.amazonaws.com" } },
      { ...object, "detail-type": "Object Tags Added" },
      { ...object, detail: { ...object.detail, object: { key: "01M7VW2Y9CZ3WJ892NSEBPVSXH/chunks/000001" } } },
      { ...object, detail: { ...object.detail, object: { key: "01M7VW2Y9CZ3WJ892NSEBPVSXH/index" } } },
    ]) {
      expect(reached(other)).toEqual([]);
    }
  });

  it("take a drill for the real thing", () => {
    expect(reached({ ...eventOf("create-cluster"), source: "musterbook.drill" })).toEqual(["cluster-events"]);
    expect(reached({ ...eventOf("object-created"), source: "musterbook.drill" })).toEqual(["block-events"]);
  });

  it("fill standard queues of the wiring", () => {
    const targets = allRules.map(({ queue }) => queue);

    expect(targets.filter((queue) => !queueNames.includes(queue) || queue.endsWith(".fifo"))).toEqual([]);
  });

  it("name what each of them matches", () => {
    const fields = (pattern: Pattern) => Object.keys(pattern);

    expect(allRules.map(({ pattern }) => fields(pattern))).toEqual(
      allRules.map(() => ["source", "detail-type", "detail"]),
    );
  });
});

describe("the subscriptions", () => {
  it("bring publications of topics of the wiring into standard queues of it", () => {
    for (const { topic, queue } of allSubscriptions) {
      expect(topics).toContain(topic);
      expect(queueNames).toContain(queue);
      expect(queue).not.toMatch(/\.fifo$/);
    }
  });

  it("tell Slack of what is critical or a warning, and of nothing else", () => {
    const slack = allSubscriptions.filter(({ queue }) => queue === "alerts-slack");
    const passes = ["critical", "warning", "info"].filter((severity) =>
      slack.some(({ filter }) => compileFilter(filter)({ severity })),
    );

    expect(passes).toEqual(["critical", "warning"]);
  });
});

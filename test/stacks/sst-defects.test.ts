import { beforeAll, describe, expect, it } from "vitest";
import type { Graph } from "#sst-graph/graph";
import { find, ofType } from "#sst-graph/query";
import { evaluateBody } from "#test/packages/sst-graph/project";
import { allowedBy, statementsOf, TYPES } from "#test/stacks/graph";

/*
 * What SST 4.17 does that the stacks work around. A case that fails says that an update has cured its defect: then the
 * cure of our own can go.
 */

const PROGRAM = `
  const provider = new aws.Provider("There", { region: "eu-central-1" });
  const bucket = new sst.aws.Bucket("Data");
  const queue = new sst.aws.Queue("Work");
  queue.subscribe({ handler: "handler.handler", timeout: "60 seconds", link: [bucket] });
  const there = new sst.aws.Queue("ThereWork", {}, { provider });
  new sst.aws.Bus("ThereBus", {}, { provider }).subscribeQueue("ThereRule", there);
  new sst.aws.SnsTopic("ThereTopic", {}, { provider }).subscribeQueue("ThereMail", there);
  new sst.aws.CronV2("Tick", { schedule: "rate(1 minute)", function: "handler.handler" });
`;

let graph: Graph;

beforeAll(async () => {
  graph = await evaluateBody(PROGRAM);
}, 600_000);

describe("SST 4.17", () => {
  it("evaluates the program of these cases", () => {
    expect(graph.errors).toEqual([]);
  });

  it("lets the whole account assume every function's role", () => {
    const role = find(graph, TYPES.role, "TickHandlerRole");
    expect(JSON.stringify(statementsOf(role.inputs.assumeRolePolicy))).toContain("arn:aws:iam::111122223333:root");
  });

  it("makes subscriptions of a queue in the default region, whatever region their bus or topic is in", () => {
    const made = [TYPES.rule, TYPES.target, TYPES.subscription, TYPES.queuePolicy].flatMap((type) =>
      ofType(graph, type),
    );

    expect(find(graph, TYPES.queue, "ThereWorkQueue").region).toBe("eu-central-1");
    expect(made).toHaveLength(5);
    expect(new Set(made.map(({ region }) => region))).toEqual(new Set(["eu-west-1"]));
  });

  it("grants a linked function every action on what it is linked to", () => {
    const actions = ofType(graph, TYPES.role)
      .flatMap(allowedBy)
      .flatMap(({ Action }) => Action);
    expect(actions).toContain("s3:*");
  });

  it("lets services put messages into a queue for anybody, and writes that policy once per subscription", () => {
    const policies = ofType(graph, TYPES.queuePolicy);

    expect(policies).toHaveLength(2);
    expect(new Set(policies.map(({ inputs }) => inputs.queueUrl)).size).toBe(1);
    for (const { Condition } of policies.flatMap(({ inputs }) => statementsOf(inputs.policy))) {
      expect(Condition).toBeUndefined();
    }
  });

  it("loses what cannot be delivered: no dead-letter queue at targets and schedules, no retry, no partial answers", () => {
    const [target] = ofType(graph, TYPES.target);
    const [schedule] = ofType(graph, TYPES.schedule);
    const [mapping] = ofType(graph, TYPES.mapping);

    expect(target?.inputs).not.toHaveProperty("deadLetterConfig");
    expect(schedule?.inputs.target).toMatchObject({ retryPolicy: { maximumRetryAttempts: 0 } });
    expect(schedule?.inputs.target).not.toHaveProperty("deadLetterConfig");
    expect(mapping?.inputs.functionResponseTypes).toEqual([]);
  });

  it("shows a message again while its consumer is still at it", () => {
    const consumers = ofType(graph, TYPES.function).map(({ inputs }) => inputs.timeout);

    expect(find(graph, TYPES.queue, "WorkQueue").inputs.visibilityTimeoutSeconds).toBe(30);
    expect(consumers).toContain(60);
  });

  it("names a queue's function by a hash of the queue's ARN", () => {
    const names = graph.resources.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([expect.stringMatching(/^WorkSubscriber[A-Z][a-z]{5}Function$/)]));
  });
});

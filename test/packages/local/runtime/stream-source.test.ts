import { describe, expect, it } from "vitest";
import type { LambdaHandler } from "#local/runtime/lambda";
import { sqliteRegistry } from "#local/sqlite/registry";
import { arnOf, clusterRecord } from "#test/contracts/registry";
import { localWorld } from "#test/packages/local/runtime/world";

const functions = {
  publish: {
    source: { kind: "stream", table: "registry", batchSize: 2, retries: 2, deadLetterQueue: "stream-dlq" },
    timeoutSeconds: 60,
  },
} as const;

interface StreamRecord {
  readonly eventName: string;
  readonly dynamodb: { readonly Keys: { readonly sk: { readonly S: string } } };
}

/** A registry, a reader of its changes that fails while `isBroken`, and what it read. */
function streamWorld() {
  const batches: string[][] = [];
  const state = { isBroken: false };
  const publish: LambdaHandler = async (event) => {
    const { Records } = event as { Records: readonly StreamRecord[] };
    batches.push(Records.map(({ eventName, dynamodb }) => `${eventName} ${dynamodb.Keys.sk.S.split("/")[1]}`));
    if (state.isBroken) throw new Error("publishing failed");
  };
  const world = localWorld({ functions }, { publish });
  return { ...world, state, batches, registry: sqliteRegistry(world.db, world.clock) };
}

describe("the registry's stream", () => {
  it("hands over changes in order, in batches, once", async () => {
    const { runtime, registry, batches } = streamWorld();
    for (const name of ["a", "b"]) await registry.put(clusterRecord(name), 0);
    await registry.put(clusterRecord("a"), 1);
    await runtime.runUntilIdle();
    await runtime.runUntilIdle();
    expect(batches).toEqual([["INSERT a", "INSERT b"], ["MODIFY a"]]);
    expect(runtime.nextAt()).toBeUndefined();
  });

  it("hands over records of the shape of DynamoDB's", async () => {
    const events: unknown[] = [];
    const { runtime, db, clock } = localWorld({ functions }, { publish: async (event) => events.push(event) });
    await sqliteRegistry(db, clock).put(clusterRecord("a"), 0);
    await runtime.runUntilIdle();
    expect(events).toEqual([
      {
        Records: [
          {
            eventID: "registry-1",
            eventName: "INSERT",
            eventVersion: "1.1",
            eventSource: "aws:dynamodb",
            awsRegion: "us-east-1",
            dynamodb: {
              ApproximateCreationDateTime: clock.now().getTime() / 1000,
              Keys: { pk: { S: "clusters" }, sk: { S: arnOf("a") } },
              SequenceNumber: "000000000000000000001",
              SizeBytes: arnOf("a").length + "pkclusterssk".length,
              StreamViewType: "KEYS_ONLY",
            },
            eventSourceARN: "arn:aws:dynamodb:us-east-1:000000000000:table/registry/stream/local",
          },
        ],
      },
    ]);
  });

  it("hands over the same batch again after a failure, with what came since behind it", async () => {
    const { runtime, registry, clock, state, batches } = streamWorld();
    state.isBroken = true;
    await registry.put(clusterRecord("a"), 0);
    await runtime.runUntilIdle();
    await registry.put(clusterRecord("b"), 0);
    state.isBroken = false;
    expect(runtime.pending()).toEqual([]);
    clock.set(runtime.nextAt() ?? "");
    await runtime.runUntilIdle();
    expect(batches).toEqual([["INSERT a"], ["INSERT a"], ["INSERT b"]]);
  });

  it("dead-letters the range of a batch that fails for good, and goes on", async () => {
    const { runtime, registry, clock, state, batches } = streamWorld();
    for (const name of ["a", "b", "c"]) await registry.put(clusterRecord(name), 0);
    state.isBroken = true;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await runtime.step();
      clock.advance(60_000);
    }
    state.isBroken = false;
    await runtime.runUntilIdle();
    expect(batches.at(-1)).toEqual(["INSERT c"]);
    const [dead] = runtime.deadLetters();
    expect(dead).toMatchObject({
      queue: "stream-dlq",
      reason: "publishing failed",
      attributes: { function: "publish" },
    });
    expect(JSON.parse(dead?.body ?? "{}")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted", approximateInvokeCount: 3 },
      DDBStreamBatchInfo: {
        batchSize: 2,
        startSequenceNumber: "000000000000000000001",
        endSequenceNumber: "000000000000000000002",
      },
    });
  });

  it("goes on after a restart where it was, and counts on", async () => {
    const { runtime, reopen, registry, clock, state, batches } = streamWorld();
    await registry.put(clusterRecord("a"), 0);
    await runtime.runUntilIdle();
    state.isBroken = true;
    await registry.put(clusterRecord("b"), 0);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await reopen().step();
      clock.advance(60_000);
    }
    expect(batches).toEqual([["INSERT a"], ["INSERT b"], ["INSERT b"], ["INSERT b"]]);
    expect(reopen().deadLetters()).toHaveLength(1);
  });

  it("keeps nothing that was read", async () => {
    const { runtime, registry, db } = streamWorld();
    await registry.put(clusterRecord("a"), 0);
    await runtime.runUntilIdle();
    expect(db.prepare("SELECT count(*) AS n FROM cluster_change").get()).toEqual({ n: 0 });
    await registry.put(clusterRecord("b"), 0);
    expect(db.prepare("SELECT seq FROM cluster_change").get()).toEqual({ seq: 2 });
  });
});

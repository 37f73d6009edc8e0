import * as v from "valibot";
import { beforeAll, describe, expect, it } from "vitest";
import type { Bucket } from "#blocks/bucket/bucket";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { stretchKey } from "#blocks/index/root";
import type { SpreadSizes } from "#blocks/index/spread";
import { readBucket } from "#blocks/read-bucket";
import { AuditOnlyConfig } from "#config/fleet-config";
import { fixedClock } from "#fleet/clock";
import { RetryableError } from "#fleet/errors";
import { handlers } from "#functions/handlers";
import type { HandlerFactory } from "#functions/lambda";
import { listing } from "#functions/list-bucket";
import { logTo, SinkLogger } from "#functions/logger";
import type { CommonPorts } from "#functions/ports";
import { memoryObjectStore } from "#local/memory-object-store";
import type { LambdaHandler } from "#local/runtime/lambda";
import { createRuntime } from "#local/runtime/runtime";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { type FunctionWiring, functions, queues, rules, subscriptions, topics } from "#stacks/wiring";
import { brokenBucket } from "#test/factories/deployment";
import { at, blockObjects, bucketOf, HOUR, headBlocks, MINUTE } from "#test/packages/blocks/factory";
import {
  type CrashPoint,
  crashable,
  crashPointsOf,
  type EffectMeter,
  effectMeter,
  invocationOf,
} from "#test/simulation/effects";

/** No measure of speed: a busy machine may take its time. */
const PATIENCE_MS = 1_200_000;
const NOON = at("2026-11-20T12:00:00Z");
const LARGE = "s3://large";
const BROKEN = "s3://broken";
/** Of a recording: a stream whose upload is late. */
const RECORDED = NOON - 40 * HOUR;
const OBJECTS = headBlocks(RECORDED - 9 * HOUR, 6).flatMap(blockObjects);
const PAGE_SIZE = 3;
/** Of a page: an invocation has the time for two. */
const PAGE_MS = 8 * MINUTE;
/** To list, and once to wait for a message that is locked. */
const ENOUGH_MS = 115 * MINUTE;
const DENIED = new RetryableError("S3 answers 503 SlowDown", { remedy: "Wait.", reason: "throttled" });

type Name = "enqueue-listings" | "list-bucket" | "enqueue-audits" | "audit-bucket" | "publish-alerts";
const AUDIT: Readonly<Record<Name, FunctionWiring>> = {
  "enqueue-listings": functions["enqueue-listings"],
  "list-bucket": functions["list-bucket"],
  "enqueue-audits": functions["enqueue-audits"],
  "audit-bucket": functions["audit-bucket"],
  "publish-alerts": functions["publish-alerts"],
};

/** What is left after the first invocation, cut so small that each stretch takes one or two more. */
const SPREAD: SpreadSizes = { least: 1, stretches: 3, recentHours: 0, oldParts: 6 };
const ways = {
  "one invocation after the other": handlers["list-bucket"],
  "several invocations at a time": listing(SPREAD),
} as const;
type Way = keyof typeof ways;

/** An installation that only audits: a bucket that takes several invocations to list, and one that nobody can list. */
function world(way: Way, meter: EffectMeter) {
  const clock = fixedClock(new Date(NOON).toISOString());
  const db = openDatabase(":memory:");
  const logger = new SinkLogger(() => undefined);
  const log = logTo(logger);
  const [indexes, reports] = [memoryObjectStore(), memoryObjectStore()];
  const published = new Map<string, string>();
  const runtime = createRuntime<Name>({
    ...{ db, clock, log, wiring: { queues, rules, subscriptions, topics, functions: AUDIT } },
    handlers: (name) =>
      name === "publish-alerts" ? handlers[name](ports) : mortal(name === "list-bucket" ? ways[way] : handlers[name]),
  });
  const mortal = (factory: HandlerFactory<CommonPorts>): LambdaHandler => {
    return async (event, context) => {
      const invocation = invocationOf(meter);
      const answer = await factory(crashable(ports, invocation))(event, context);
      invocation.confirmAlive();
      return answer;
    };
  };
  runtime.subscribe("musterbook-alerts", {}, ({ message, attributes }) => {
    const { id } = v.parse(v.object({ id: v.string() }), JSON.parse(message));
    published.set(id, `${attributes.id} ${attributes.transition}`);
  });
  const plain = bucketOf(OBJECTS, PAGE_SIZE);
  const large: Bucket = {
    ...plain,
    url: LARGE,
    list: async function* (options = {}) {
      for await (const page of plain.list(options)) {
        if (options.prefix === undefined) clock.advance(PAGE_MS);
        yield page;
      }
    },
  };
  const ports: CommonPorts = {
    ...{ clock, log, logger, indexes, reports, queues: runtime.queues, topics: runtime.topics, fetch },
    config: v.parse(AuditOnlyConfig, {
      capabilities: ["audit"],
      buckets: [LARGE, BROKEN].map((url) => ({ url, recordedAt: new Date(RECORDED).toISOString() })),
    }),
    alertStates: sqliteAlertStates(db, clock),
    bucket: ({ url }) => (url === LARGE ? large : brokenBucket(url, DENIED)),
    secret: async () => undefined,
  };
  return { ...{ clock, runtime, ports, published }, index: () => loadIndex(indexPlace(indexes, LARGE)), indexes };
}

/** Lives for as long as it takes to list and judge, and to make good a crash. `judged`: effects until the first audit was over. */
async function run(way: Way, crashes: readonly CrashPoint[] = []) {
  const meter = effectMeter(crashes);
  const { clock, runtime, ports, published, index, indexes } = world(way, meter);
  const end = NOON + ENOUGH_MS;
  let judged = 0;
  for (let time = NOON; time < end; time = clock.now().getTime()) {
    await runtime.runUntilIdle({ maxSteps: 1_000 });
    if (judged === 0 && (await ports.alertStates.firing(`audit:${LARGE}`)).length > 0) judged = meter.count;
    clock.set(new Date(Math.max(clock.now().getTime(), runtime.nextAt()?.getTime() ?? end)));
  }
  const { root, ...loaded } = await index();
  const firing = await ports.alertStates.allFiring();
  return {
    ...{ meter, judged },
    stretches: (await Promise.all([0, 1, 2].map((nth) => indexes.read(stretchKey(LARGE, nth))))).filter(Boolean).length,
    letters: runtime.deadLetters().map(({ queue }) => queue),
    end: {
      blocks: blocksOf(loaded),
      beside: root.beside,
      isUnderWay: root.progress !== null,
      alerts: firing.map(({ source, alert }) => `${source} ${alert.id}`).toSorted(),
      publications: [...published.values()].toSorted(),
      waiting: runtime.messages("listings.fifo").length,
    },
  };
}

describe.each(["one invocation after the other", "several invocations at a time"] as const)(
  "the audit of a bucket that takes %s to list, beside one that cannot be listed",
  (way) => {
    let calm: Awaited<ReturnType<typeof run>>;

    beforeAll(async () => {
      calm = await run(way);
    });

    it("ends with the whole bucket in the index, its alert, and one about our blindness", async () => {
      const { blocks } = await readBucket({ bucket: bucketOf(OBJECTS) });

      expect(calm.end).toMatchObject({ blocks, isUnderWay: false, waiting: 0 });
      expect(calm.end.alerts).toEqual([
        `audit:${LARGE} compactor.stalled`,
        `audit:${LARGE} upload.cluster-late`,
        `listing:${BROKEN} musterbook.listing-failed`,
      ]);
      expect(calm.end.publications).toHaveLength(3);
      expect(calm.letters).toEqual([]);
      expect(calm.stretches).toBe(way === "several invocations at a time" ? 3 : 0);
      const calls = calm.meter.names.slice(0, calm.judged);
      expect(calls.filter((name) => name === "queues.send").length).toBeGreaterThan(6);
    });

    it("ends so with a crash before or after any single effect, and gives no message up", {
      timeout: PATIENCE_MS,
    }, async () => {
      for (const { where, ...crash } of crashPointsOf(calm.meter.names.slice(0, calm.judged))) {
        const { end, meter, letters } = await run(way, [crash]);

        expect(meter.fired, where).toBe(1);
        expect(end, where).toEqual(calm.end);
        // A schedule that dies is not always tried again: the next one does its work.
        expect(
          letters.filter((queue) => queue !== "schedules-dlq"),
          where,
        ).toEqual([]);
      }
    });
  },
);

import { join } from "node:path";
import * as v from "valibot";
import { readIndexed } from "#blocks/read-bucket";
import { schemaFor } from "#config/installation-config";
import { fixedClock } from "#fleet/clock";
import { handlers } from "#functions/handlers";
import { logTo, SinkLogger } from "#functions/logger";
import type { CommonPorts } from "#functions/ports";
import { fileObjectStore } from "#local/file-object-store";
import { memoryObjectStore } from "#local/memory-object-store";
import { createRuntime } from "#local/runtime/runtime";
import { sqliteAlertStates } from "#local/sqlite/alert-states";
import { openDatabase } from "#local/sqlite/database";
import { functions, queues, topics } from "#stacks/wiring";
import { bucketOfStory } from "#test/simulation/bucket-story";
import { crashable, type EffectMeter, effectMeter, invocationOf } from "#test/simulation/effects";

const CONFIG = { capabilities: ["audit"], buckets: [{ url: "s3://blocks" }] };
const { "enqueue-audits": enqueue, "audit-bucket": audit, "publish-alerts": publish } = functions;
/** What judges and tells in an installation. */
const audited = { "enqueue-audits": enqueue, "audit-bucket": audit, "publish-alerts": publish };

/**
 * The shipped audit, and a listing of everything before each look so that it sees what there is, over a database and an index in
 * `folder`, which may be those of an earlier life.
 */
export function openLife(folder: string, at: number, meter: EffectMeter = effectMeter()) {
  const clock = fixedClock(new Date(at));
  const db = openDatabase(join(folder, "life.db"));
  const logger = new SinkLogger(() => undefined);
  const log = logTo(logger);
  const alertStates = sqliteAlertStates(db, clock);
  const indexes = fileObjectStore(join(folder, "indexes"));
  const told = new Map<string, string>();
  const runtime = createRuntime<keyof typeof audited>({
    ...{ db, clock, log, wiring: { queues, rules: [], subscriptions: [], functions: audited, topics } },
    handlers: (name) => async (event, context) => {
      const invocation = invocationOf(meter);
      const answer = await handlers[name](crashable(ports, invocation))(event, context);
      invocation.confirmAlive();
      return answer;
    },
  });
  const ports: CommonPorts = {
    ...{ clock, log, logger, alertStates, fetch },
    config: v.parse(schemaFor(CONFIG), CONFIG),
    queues: runtime.queues,
    topics: runtime.topics,
    bucket: () => bucketOfStory(clock.now().getTime()),
    indexes,
    // Nothing that is told follows from them.
    reports: memoryObjectStore(),
    secret: async () => undefined,
  };
  // Who subscribes drops what he has seen, by the event's id.
  runtime.subscribe("musterbook-alerts", {}, ({ message, attributes }) => {
    const { id } = v.parse(v.object({ id: v.string() }), JSON.parse(message));
    told.set(id, `${attributes.severity} ${attributes.id} ${attributes.transition}`);
  });
  return {
    /** What was told since this life was opened, each once, as it came. */
    told: () => [...told.values()],
    /** Lets everything that is due at this time run. */
    lookAt: async (time: number) => {
      clock.set(new Date(time));
      await readIndexed({ bucket: bucketOfStory(time), index: indexes, listing: "full", now: time });
      await runtime.runUntilIdle({ maxSteps: 100 });
    },
    /** What is on record, but for times. */
    records: () => db.prepare("SELECT status, unpublished, fingerprint FROM alert ORDER BY fingerprint").all(),
    close: () => db.close(),
  };
}

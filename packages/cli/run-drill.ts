import type { EventBus } from "#aws/event-bus";
import type { Clock } from "#fleet/clock";
import type { ClusterRef } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import { DRILL_SOURCE } from "#fleet/events";
import type { Registry } from "#fleet/registry";

/** What a drill passes, in order. */
export type HopName = "on record" | "event accepted" | "look recorded";

export interface Hop {
  readonly hop: HopName;
  /** RFC 3339. */
  readonly at: string;
  /** Since the event was put on the bus; null before. */
  readonly seconds: number | null;
  readonly detail: string;
}

/** `stopped`: where it did not come through, and what to look at, first things first. */
export interface DrillOutcome {
  readonly outcome: "proven" | "stopped";
  readonly hops: readonly Hop[];
  readonly missing: HopName | null;
  readonly lookAt: readonly string[];
}

export interface Drill {
  readonly ref: ClusterRef;
  /** Of this attempt, so that no queue takes it for another. */
  readonly eventId: string;
  readonly bus: EventBus;
  readonly registry: Pick<Registry, "get">;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly patienceMs: number;
  /** The name of something in the stage, such as `musterbook-prod-cluster-events`. */
  readonly name: (of: string) => string;
  readonly onHop: (hop: Hop) => void;
}

const POLL_MS = 2_000;

/**
 * Puts a harmless event for a cluster on the hub's bus, and waits until the look that it causes is on record. A look that
 * something else caused meanwhile counts too, if it found something new.
 * @throws TerminalError `not-on-record` for a cluster that has no record; what bus and registry throw
 */
export async function runDrill(drill: Drill): Promise<DrillOutcome> {
  const { ref, bus, registry, clock, pause, patienceMs, onHop } = drill;
  const hops: Hop[] = [];
  const begun: { at?: Date } = {};
  const pass = (hop: HopName, detail: string): void => {
    const now = clock.now();
    const seconds = begun.at === undefined ? null : (now.getTime() - begun.at.getTime()) / 1000;
    const passed = { hop, at: now.toISOString(), seconds, detail };
    hops.push(passed);
    onHop(passed);
  };
  const before = await recordedAt(registry, ref);
  if (before === undefined) throw notOnRecord(drill);
  pass("on record", `last look on record ${before}`);
  const start = clock.now();
  begun.at = start;
  pass("event accepted", `event ${await bus.putEvent(drillEvent(drill, start))}`);
  for (;;) {
    const after = await recordedAt(registry, ref);
    if (after !== undefined && Date.parse(after) > Date.parse(before)) {
      pass("look recorded", `the record says ${after}`);
      return { outcome: "proven", hops, missing: null, lookAt: [] };
    }
    if (clock.now().getTime() - start.getTime() >= patienceMs) break;
    await pause(POLL_MS);
  }
  return { outcome: "stopped", hops, missing: "look recorded", lookAt: whereToLook(drill) };
}

async function recordedAt(registry: Drill["registry"], { arn }: ClusterRef): Promise<string | undefined> {
  return (await registry.get(arn))?.record.updatedAt;
}

/** As if somebody had tagged the cluster: whatever the event, it only says *look at this cluster*. */
function drillEvent({ ref, eventId }: Drill, at: Date): object {
  return {
    source: DRILL_SOURCE,
    "detail-type": "AWS API Call via CloudTrail",
    detail: {
      eventSource: "eks.amazonaws.com",
      eventName: "TagResource",
      eventID: eventId,
      eventTime: `${at.toISOString().slice(0, -5)}Z`,
      awsRegion: ref.region,
      recipientAccountId: ref.account,
      requestParameters: { resourceArn: ref.arn },
      responseElements: null,
    },
  };
}

/** In the order that a message goes. */
function whereToLook({ name, ref }: Drill): readonly string[] {
  return [
    `rule ${name("cluster-events-elsewhere")} on bus ${name("hub")}: does it match (metric MatchedEvents)? What it could not deliver is in ${name("undelivered-dlq")}`,
    `queue ${name("cluster-events")} and ${name("cluster-events-dlq")}: is the event still there, or dead-lettered?`,
    `log of ${name("route-cluster-event")}: "cluster event ignored", or an error?`,
    `queue ${name("clusters.fifo")} and ${name("clusters-dlq.fifo")}: a look that crashed locks its cluster for 16 minutes`,
    `log of ${name("reconcile-cluster")}, cluster ${ref.arn}: "looking at a cluster" with "TagResource (drill)", then an error?`,
  ];
}

function notOnRecord({ ref, name }: Drill): TerminalError {
  return new TerminalError(`${ref.arn} is not on record, so there is nothing to see a look by`, {
    reason: "not-on-record",
    field: "cluster",
    value: ref.arn,
    remedy: `Name a cluster that is: the sweep records those of the scopes every 15 minutes (log of ${name("sweep-fleet")}). Nothing was put on the bus.`,
  });
}

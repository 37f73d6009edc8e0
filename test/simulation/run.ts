import type { Delivery } from "#local/runtime/source";
import { type FunctionName, queues } from "#stacks/wiring";
import { type CrashPoint, type EffectMeter, effectMeter } from "#test/simulation/effects";
import { createWorld, PRIVATE_REF, REF, type World } from "#test/simulation/world";

/** What happens around the creation of two clusters. */
export interface Schedule {
  /** How often each CreateCluster event is delivered. */
  readonly deliveries: number;
  /** Which of the pending deliveries is next, each time there is a choice; begins anew at its end. */
  readonly choices: readonly number[];
  /** Other events in between: of one of the clusters, of a nodegroup, or not readable at all. */
  readonly neighbours: readonly Neighbour[];
  readonly crashes: readonly CrashPoint[];
}

export const NEIGHBOURS = ["tagged", "updated", "nodegroup", "failed-call", "unreadable"] as const;
export type Neighbour = (typeof NEIGHBOURS)[number];

/** Each event once, in order, and nobody dies. */
export const CALM: Schedule = { deliveries: 1, choices: [0], neighbours: [], crashes: [] };

/** What is left in the end, as far as it must be the same for every schedule. */
export interface EndState {
  readonly releases: readonly string[];
  readonly records: readonly string[];
  readonly stores: readonly string[];
  readonly dns: readonly string[];
  readonly alerts: readonly string[];
  /** Distinct alert events that were published. */
  readonly publications: readonly string[];
}

export interface Run {
  readonly world: World;
  readonly meter: EffectMeter;
  readonly end: EndState;
}

const MINUTE = 60_000;
/** Long enough for a few ticks and an audit after all is done. */
const LEAST_MS = 6 * MINUTE;
/** A crashed look locks its cluster for 16 minutes, a killed helm for 15 more; what takes longer does not converge. */
const MOST_MS = 200 * MINUTE;

export async function runSchedule(schedule: Schedule): Promise<Run> {
  const meter = effectMeter(schedule.crashes);
  const world = createWorld(meter);
  world.eks.create(REF, { tags: { stage: "prod" } });
  world.eks.create(PRIVATE_REF, { endpointPublicAccess: false, vpcId: "vpc-1" });
  for (const event of eventsOf(world, schedule)) await world.runtime.serviceEvent(event);
  await live(world, schedule.choices, { least: LEAST_MS, most: MOST_MS });
  return { world, meter, end: await endState(world) };
}

/** Lets everything that is pending be delivered, in the order that is chosen, and time pass, until nothing is left to do. */
export async function live(
  world: World,
  choices: readonly number[],
  { least, most }: { readonly least: number; readonly most: number },
): Promise<void> {
  const { runtime, clock } = world;
  const start = clock.now().getTime();
  let turn = 0;
  const choose = (pending: readonly Delivery<FunctionName>[]): Delivery<FunctionName> | undefined => {
    const choice = choices[turn++ % Math.max(1, choices.length)] ?? 0;
    return pending[choice % pending.length];
  };
  for (;;) {
    await runtime.runUntilIdle({ choose, maxSteps: 5_000 });
    const next = runtime.nextAt();
    if (next === undefined || next.getTime() > start + most) return;
    if (clock.now().getTime() >= start + least && (await isAtRest(world))) return;
    clock.set(next);
  }
}

/** No message is in a queue, no cluster waits, no alert is unpublished: what is still to come are ticks. */
async function isAtRest({ runtime, records, alertStates }: World): Promise<boolean> {
  if (Object.keys(queues).some((queue) => runtime.messages(queue).length > 0)) return false;
  if ((await alertStates.unpublished(1)).length > 0) return false;
  const all = await records();
  return all.length === CLUSTERS && all.every(({ phase }) => phase !== "waiting");
}

/** Two that are created, and the observer. */
const CLUSTERS = 3;

function eventsOf(world: World, { deliveries, choices, neighbours }: Schedule): readonly object[] {
  const created = [REF, PRIVATE_REF].flatMap((ref) => Array.from({ length: deliveries }, () => world.createEvent(ref)));
  const events = [...created, ...neighbours.map((neighbour) => neighbourEvent(world, neighbour))];
  return events
    .map((event, at) => ({ event, rank: choices[at % Math.max(1, choices.length)] ?? 0 }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ event }) => event);
}

function neighbourEvent(world: World, neighbour: Neighbour): object {
  const base = world.createEvent(REF) as { readonly detail: object };
  const detail = (change: object): object => ({ ...base, detail: { ...base.detail, eventID: neighbour, ...change } });
  switch (neighbour) {
    case "tagged":
      return detail({
        eventName: "TagResource",
        requestParameters: { resourceArn: encodeURIComponent(REF.arn) },
        responseElements: null,
      });
    case "updated":
      return detail({ eventName: "UpdateClusterConfig" });
    case "nodegroup":
      return detail({
        eventName: "TagResource",
        requestParameters: { resourceArn: REF.arn.replace(":cluster/", ":nodegroup/") },
        responseElements: null,
      });
    case "failed-call":
      return detail({ errorCode: "ResourceInUseException", responseElements: null });
    case "unreadable":
      return detail({ requestParameters: null, responseElements: null });
  }
}

export async function endState(world: World): Promise<EndState> {
  const { kubeOf, dns, storeList, alertStates, published } = world;
  const secrets = await kubeOf(REF).list({ apiVersion: "v1", kind: "Secret", labelSelector: "owner=helm" });
  const records = await world.records();
  const firing = await alertStates.allFiring();
  const releases = secrets.map(({ metadata: { labels = {} } }) => `${labels.name} ${labels.status}`);
  return {
    // A revision that was given up, or replaced, stays in the history; there is one that is deployed and none under way.
    releases: releases.filter((text) => !/ (?:failed|superseded)$/.test(text)).toSorted(),
    records: records.map(({ arn, mode, phase, step, reason, endpoint, conditions }) => {
      const states = Object.values(conditions).map(({ status }) => status);
      return [arn, mode, phase, step, reason, endpoint?.address, endpoint?.state, ...states].join(" ");
    }),
    stores: (await storeList.read())?.state.entries.map(({ address, cluster }) => `${address} ${cluster}`) ?? [],
    dns: dns.records().map(({ name, owner }) => `${name} ${owner}`),
    alerts: firing
      .map(
        ({ alert, sequence, publishedSequence }) =>
          `${alert.id} ${alert.labels.cluster} ${sequence}/${publishedSequence}`,
      )
      .toSorted(),
    publications: [...new Map(published.map(({ id, alert }) => [id, alert])).values()].toSorted(),
  };
}

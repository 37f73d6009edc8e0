import { groupKeys } from "#blocks/block/group-key";
import { CHECKS } from "#blocks/catalogue";
import type { Finding } from "#blocks/finding";
import { bucketModel } from "#blocks/model";
import { at, DAY, HOUR, MINUTE, readableOf, settingsOf } from "#test/packages/blocks/factory";
import type { LivedBlock, Producer, Restart } from "#test/packages/blocks/healthy-fleet";

/** When the fleet begins, and for how long it lives. */
export const START = at("2026-08-01T00:00:00Z");
export const DAYS = 90;
export const END = START + DAYS * DAY;
/** So long after its start a stream has its first block: an audit before that has nothing to go by. */
export const SETTLED = 6 * HOUR;
const settings = settingsOf({ replicaLabels: ["replica"], expectedClusters: [{ cluster: "c0" }] });
const groupKeyOf = await groupKeys();

/**
 * Three clusters of two replicas, two tenants of a receiver, a ruler, and a Prometheus whose uploads take their time. One cluster
 * comes later than the others. All but the ruler are restarted now and then, some just when a head waits for its cut.
 */
export function fleet(random: () => number): readonly Producer[] {
  const anyStart = (days: number) => START + Math.floor(random() * days * DAY);
  const anyDelay = () => Math.floor(random() * 12 * MINUTE);
  const restartsOf = (phaseOf: (begun: number) => number): readonly Restart[] =>
    Array.from({ length: 6 }, (_, nth) => {
      const time = anyStart(DAYS);
      const at = nth % 2 === 0 ? time : time - (time % (2 * HOUR)) + HOUR + Math.floor(random() * 12 * MINUTE);
      const takes = Math.floor(random() * MINUTE);
      return { at, takes, phase: phaseOf(at + takes) };
    }).sort((a, b) => a.at - b.at);
  const clusters = ["c0", "c1", "c2"].flatMap((cluster, index) => {
    const start = anyStart(index === 2 ? 40 : 1);
    return ["0", "1"].map(
      (replica): Producer => ({
        labels: { cluster, replica },
        source: "sidecar",
        start,
        phase: anyDelay(),
        restarts: restartsOf(anyDelay),
      }),
    );
  });
  const tenants = ["t0", "t1"].map(
    (tenant_id): Producer => ({
      labels: { receive: "true", tenant_id },
      source: "receive",
      start: anyStart(1),
      phase: Math.floor(random() * 2 * HOUR),
      // A ticker of 2 h begins anew with the process, after a delay of its own.
      restarts: restartsOf((begun) => (begun + anyDelay()) % (2 * HOUR)),
    }),
  );
  const slow: Producer = {
    ...{ labels: { cluster: "slow", replica: "0" }, source: "sidecar", start: START, phase: anyDelay() },
    restarts: restartsOf(anyDelay),
    upload: (due) => due + 13 * MINUTE + Math.floor(random() * 5 * MINUTE),
  };
  const ruler: Producer = { labels: { ruler: "r" }, source: "ruler", start: anyStart(1), phase: 0, restarts: [] };
  return [...clusters, ...tenants, ruler, slow];
}

function filesOf({ from, marked }: LivedBlock, now: number) {
  const file = (size: number, lastModified: number) => ({ size, lastModified, etag: "", storageClass: "STANDARD" });
  return new Map([
    ["chunks/000001", file(100, from - 1000)],
    ["index", file(50, from)],
    ["meta.json", file(900, from)],
    ...(marked !== undefined && marked.at <= now ? [["deletion-mark.json", file(90, marked.at)] as const] : []),
  ]);
}

/** What the checks say of the bucket as it was at `now`. */
export function findingsAt(blocks: readonly LivedBlock[], now: number): readonly Finding[] {
  const there = blocks.filter(({ from, deletedAt = Number.POSITIVE_INFINITY }) => from <= now && deletedAt > now);
  const read = there.map((one) => {
    const { marked } = one;
    const mark =
      marked !== undefined && marked.at <= now ? { time: marked.at, reason: "", details: marked.details } : undefined;
    return { ...readable(one), files: filesOf(one, now), deletionMark: mark };
  });
  const model = bucketModel({ url: "s3://healthy", now, settings, blocks: read, groupKeyOf });
  return CHECKS.flatMap((check) => check(model));
}

const parsed = new WeakMap<LivedBlock, ReturnType<typeof readableOf>>();
function readable(one: LivedBlock) {
  const known = parsed.get(one) ?? readableOf(one.spec);
  parsed.set(one, known);
  return known;
}

export function told(findings: readonly Finding[], now: number): readonly string[] {
  return findings.map(({ id, severity, summary, labels }) =>
    [new Date(now).toISOString(), severity, id, JSON.stringify(labels), summary].join(" "),
  );
}

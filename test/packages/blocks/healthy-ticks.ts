import { CHECKS } from "#blocks/catalogue";
import type { Finding } from "#blocks/finding";
import { groupKeys } from "#blocks/group-key";
import { bucketModel } from "#blocks/model";
import { at, DAY, HOUR, MINUTE, readableOf, settingsOf } from "#test/packages/blocks/factory";
import type { LivedBlock, Producer } from "#test/packages/blocks/healthy-fleet";

/** When the fleet begins, and for how long it lives. */
export const START = at("2026-08-01T00:00:00Z");
export const DAYS = 90;
export const END = START + DAYS * DAY;
/** So long after its start a stream has its first block: an audit before that has nothing to go by. */
export const SETTLED = 6 * HOUR;
const settings = settingsOf({ replicaLabels: ["replica"], expectedClusters: [{ cluster: "c0" }] });
const groupKeyOf = await groupKeys();

/** Three clusters of two replicas, two tenants of a receiver, a ruler. One cluster comes later than the others. */
export function fleet(random: () => number): readonly Producer[] {
  const anyStart = (days: number) => START + Math.floor(random() * days * DAY);
  const clusters = ["c0", "c1", "c2"].flatMap((cluster, index) => {
    const start = anyStart(index === 2 ? 40 : 1);
    return ["0", "1"].map(
      (replica): Producer => ({
        labels: { cluster, replica },
        source: "sidecar",
        start,
        phase: Math.floor(random() * 11 * MINUTE),
        restarts: [],
      }),
    );
  });
  const tenants = ["t0", "t1"].map(
    (tenant_id): Producer => ({
      labels: { receive: "true", tenant_id },
      source: "receive",
      start: anyStart(1),
      phase: Math.floor(random() * 2 * HOUR),
      restarts: Array.from({ length: 4 }, () => anyStart(DAYS)).sort((a, b) => a - b),
    }),
  );
  const ruler: Producer = { labels: { ruler: "r" }, source: "ruler", start: anyStart(1), phase: 0, restarts: [] };
  return [...clusters, ...tenants, ruler];
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

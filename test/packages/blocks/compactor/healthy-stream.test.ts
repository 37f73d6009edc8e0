import { beforeAll, describe, expect, it } from "vitest";
import type { ReadableBlock } from "#blocks/block/block";
import { type GroupKeyOf, groupKeys } from "#blocks/block/group-key";
import { nextResolution, toDownsample } from "#blocks/compactor/downsampling";
import { eligibilityOf, healthyDelay } from "#blocks/compactor/eligibility";
import type { PlanReason } from "#blocks/compactor/plan";
import { planBlockOf } from "#blocks/compactor/plan-block";
import { planGroup } from "#blocks/compactor/plan-group";
import { compactionBacklog } from "#blocks/compactor/progress";
import { byStreamOf } from "#blocks/groups/by-stream";
import { liveGroups } from "#blocks/groups/filters";
import { at, DAY, HOUR, MINUTE, readableOf, settingsOf, ulidAt } from "#test/packages/blocks/factory";

const BEGIN = Math.floor(at("2026-06-01T00:00:00Z") / (14 * DAY)) * 14 * DAY;
const DAYS = 60;
/** What came before is not that of a stream that has run for long. */
const WARM = BEGIN + 20 * DAY;
const TICK = 5 * MINUTE;

interface Compaction {
  readonly at: number;
  readonly reason: PlanReason;
  readonly since: number;
}

interface Look {
  readonly at: number;
  readonly runs: number;
  readonly blocks: number;
  /** maxTime of the newest block of 5 m and 1 h, just before. */
  readonly newest: { readonly fiveMinutes: number; readonly hour: number };
}

interface Life {
  readonly compactions: readonly Compaction[];
  readonly looks: readonly Look[];
}

const settings = settingsOf();
let groupKeyOf: GroupKeyOf;

/** A stream of 2 h blocks and a compactor that looks every 5 minutes and needs no time for its work. */
function life(late: number): Life {
  let known: readonly ReadableBlock[] = [];
  const compactions: Compaction[] = [];
  const looks: Look[] = [];
  for (let end = BEGIN + 2 * HOUR; end <= BEGIN + DAYS * DAY; end += 2 * HOUR) {
    const uploaded = end + HOUR + MINUTE;
    const ulid = ulidAt(end + HOUR, "A");
    known = [...known, readableOf({ min: end - 2 * HOUR + late, max: end, ulid, uploaded, sources: [ulid] })];
    const now = Math.ceil((uploaded + settings.consistencyDelay) / TICK) * TICK;
    looks.push(lookAt(known, now));
    known = compactAll(known, now, compactions);
    // Two passes, then the next look compacts what came of them.
    for (let pass = 0; pass < 2; pass += 1) known = [...known, ...toDownsample(live(known, now)).map(downsampled)];
    known = compactAll(known, now + TICK, []);
  }
  return { compactions, looks };
}

function live(blocks: readonly ReadableBlock[], now: number): readonly ReadableBlock[] {
  return liveGroups(byStreamOf(blocks), { settings, now, groupKeyOf }).flatMap((group) => group.blocks);
}

function lookAt(known: readonly ReadableBlock[], now: number): Look {
  const newest = (resolution: number) =>
    known.reduce((last, { meta }) => (meta.resolution === resolution ? Math.max(last, meta.maxTime) : last), 0);
  const raw = live(known, now).filter(({ meta }) => meta.resolution === 0);
  const backlog = compactionBacklog(raw.map(planBlockOf), { exact: true });
  return { at: now, ...backlog, newest: { fiveMinutes: newest(300_000), hour: newest(3_600_000) } };
}

function compactAll(known: readonly ReadableBlock[], now: number, compactions: Compaction[]): readonly ReadableBlock[] {
  let blocks = live(known, now);
  for (;;) {
    const made = liveGroups(byStreamOf(blocks), { settings, now, groupKeyOf }).flatMap((group) => {
      const outcome = planGroup(group.blocks.map(planBlockOf), { vertical: false });
      if (outcome.kind !== "compact") return [];
      const since = eligibilityOf(group.blocks, settings)(outcome.plan);
      if (group.resolution === 0) compactions.push({ at: now, reason: outcome.plan.reason, since });
      const sources = outcome.plan.blocks.flatMap((block) => [...block.sources]).sort();
      return [
        madeOf({ ...outcome, min: outcome.minTime, max: outcome.maxTime, sources, resolution: group.resolution }, now),
      ];
    });
    if (made.length === 0) return blocks;
    blocks = live([...blocks, ...made], now);
  }
}

let made = 0;
function madeOf(
  { min, max, sources, resolution }: { min: number; max: number; sources: readonly string[]; resolution: number },
  now: number,
): ReadableBlock {
  made += 1;
  return readableOf({ min, max, sources, resolution, level: 2, source: "compactor", ulid: ulidAt(now, String(made)) });
}

function downsampled({ meta }: ReadableBlock): ReadableBlock {
  const { minTime, maxTime, sources } = meta;
  return madeOf(
    { min: minTime, max: maxTime, sources: [...sources], resolution: nextResolution(meta.resolution) ?? 0 },
    maxTime,
  );
}

function oldest(looks: readonly Look[], of: keyof Look["newest"]): number {
  return Math.max(...looks.filter(({ at: now }) => now > WARM).map(({ at: now, newest }) => now - newest[of]));
}

describe.each([
  { name: "whose blocks begin some seconds late", late: 20_000, delay: 5.58, fiveMinutes: 53.58, hour: 341.58 },
  { name: "whose blocks begin on the grid", late: 0, delay: 3.58, fiveMinutes: 51.58, hour: 339.58 },
])("a healthy stream $name", ({ late, delay, fiveMinutes, hour }) => {
  let stream: Life;
  beforeAll(async () => {
    groupKeyOf = await groupKeys();
    stream = life(late);
  });

  it(`gets its blocks of 8 h, 2 d and 14 d ${delay} h after their windows end`, () => {
    const delays = new Map<number, number>();
    for (const { at: now, reason } of stream.compactions) {
      if (reason.kind !== "window") throw new Error(reason.kind);
      const after = now - (reason.from + reason.range);
      delays.set(reason.range, Math.max(delays.get(reason.range) ?? 0, after));
    }
    for (const range of [8 * HOUR, 2 * DAY, 14 * DAY]) expect((delays.get(range) ?? 0) / HOUR).toBeCloseTo(delay, 2);
    expect(healthyDelay(late === 0, settings) / HOUR).toBeCloseTo(delay - 0.07, 1);
  });

  it("is compacted at the first look at which the closed form says that it can be", () => {
    for (const { at: now, since } of stream.compactions) {
      expect(since).toBeLessThanOrEqual(now);
      expect(since).toBeGreaterThan(now - TICK);
    }
  });

  it("never has more than three compactions to do, of 17 blocks", () => {
    const warm = stream.looks.filter(({ at: now }) => now > WARM);
    expect(Math.max(...warm.map(({ runs }) => runs))).toBe(3);
    expect(Math.max(...warm.map(({ blocks }) => blocks))).toBe(17);
  });

  it(`has 5 m samples that are at most ${fiveMinutes} h old, and 1 h samples of ${hour} h`, () => {
    expect(oldest(stream.looks, "fiveMinutes") / HOUR).toBeCloseTo(fiveMinutes, 1);
    expect(oldest(stream.looks, "hour") / HOUR).toBeCloseTo(hour, 1);
  });
});

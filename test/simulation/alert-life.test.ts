import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLife } from "#test/simulation/bucket-life";
import { type Chapter, STORY } from "#test/simulation/bucket-story";
import { type CrashPoint, crashPointsOf, effectMeter } from "#test/simulation/effects";

/** No measure of speed: a busy machine may take its time. */
const PATIENCE_MS = 1_200_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TICK = 5 * MINUTE;

interface Told {
  readonly at: number;
  readonly news: readonly string[];
}

let home: string;
let calm: readonly Told[];

/** Database and index as they were before a chapter. */
const before = ({ at }: Chapter) => join(home, `before-${at}`);

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "musterbook-life-"));
  calm = await liveThrough(join(home, "life"));
}, PATIENCE_MS);

afterAll(() => rm(home, { recursive: true, force: true }));

/** Looks every hour, and at every tick around what happens; each time in a new process. */
async function liveThrough(folder: string): Promise<readonly Told[]> {
  await mkdir(folder);
  const told: Told[] = [];
  for (const at of ticksOf(STORY)) {
    const chapter = STORY.find((one) => one.at === at);
    if (chapter !== undefined) await cp(folder, before(chapter), { recursive: true });
    told.push({ at, news: (await lookFrom(folder, [at])).told });
  }
  return told;
}

function ticksOf(story: readonly Chapter[]): readonly number[] {
  const [begin = 0, end = 0] = [story[0]?.at, story.at(-1)?.at];
  const hours = Array.from({ length: Math.ceil((end - begin) / HOUR) }, (_, count) => begin + count * HOUR);
  const around = story.flatMap(({ at }) => [-TICK, 0, TICK, 2 * TICK].map((by) => at + by));
  return [...new Set([...hours, ...around])].filter((at) => at >= begin).toSorted((a, b) => a - b);
}

async function lookFrom(folder: string, times: readonly number[], crashes: readonly CrashPoint[] = []) {
  const meter = effectMeter(crashes);
  const [first = 0] = times;
  const life = openLife(folder, first, meter);
  try {
    for (const at of times) await life.lookAt(at);
    return { told: life.told().toSorted(), records: life.records(), meter };
  } finally {
    life.close();
  }
}

describe("what is told of a bucket's life", () => {
  it("is each thing once, when it is news", () => {
    const expected = STORY.filter(({ told }) => told.length > 0).map(({ at, told }) => ({ at, news: told }));
    expect(calm.filter(({ news }) => news.length > 0)).toEqual(expected);
  });
});

/** A tick, and what there is until the next one: retries, and the tick that publishes what is owed. */
const windowOf = ({ at }: Chapter) => [0, 1, 2, 3, 5, 6, 7].map((minutes) => at + minutes * MINUTE);

// The first listing reads each block: hundreds of effects, and nothing to tell.
describe.each(STORY.slice(1))("as $what, a crash before or after any single effect", (chapter) => {
  it("changes nothing of what is told, and of what is on record", { timeout: PATIENCE_MS }, async () => {
    const whole = await replayed(chapter);
    const tick = await replayed(chapter, { times: [chapter.at] });
    expect(whole.told).toEqual(chapter.told);

    for (const { where, ...crash } of crashPointsOf(tick.meter.names)) {
      const { told, records, meter } = await replayed(chapter, { crashes: [crash] });
      expect(meter.fired, where).toBe(1);
      expect(told, where).toEqual(whole.told);
      expect(records, where).toEqual(whole.records);
    }
  });
});

async function replayed(
  chapter: Chapter,
  {
    times = windowOf(chapter),
    crashes = [],
  }: { readonly times?: readonly number[]; readonly crashes?: readonly CrashPoint[] } = {},
) {
  const folder = join(home, "again");
  await cp(before(chapter), folder, { recursive: true });
  try {
    return await lookFrom(folder, times, crashes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

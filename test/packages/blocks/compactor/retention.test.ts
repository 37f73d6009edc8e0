import { describe, expect, it } from "vitest";
import { downsampledCoverage, expiresAt, retentionBacklog } from "#blocks/compactor/retention";
import { settingsOf } from "#test/packages/blocks/factory";

const DAY = 86_400_000;

describe("expiresAt", () => {
  const { retention } = settingsOf({ retention: { raw: "150d", "5m": "90d" } });

  it("is the retention of the resolution after the end of the block, cut to the second", () => {
    expect(expiresAt({ maxTime: 1_000_999, resolution: 0 }, retention)).toBe(1_000_000 + 150 * DAY);
    expect(expiresAt({ maxTime: 1_000_000, resolution: 300_000 }, retention)).toBe(1_000_000 + 90 * DAY);
  });

  it("never is where the retention is 0", () => {
    expect(expiresAt({ maxTime: 0, resolution: 3_600_000 }, retention)).toBeUndefined();
  });
});

// The facts of thanos pkg/compact/compact_test.go: age of each block in months of 30 days.
describe("retentionBacklog", () => {
  const NOW = 1000 * DAY;
  const FIVE = 300_000;
  const HOUR = 3_600_000;
  it.each([
    { raw: 5, five: 3, hour: 6, ages: [[0, 6], [0, 9], [FIVE, 4], [FIVE, 1], [HOUR, 4]], due: 3 }, // biome-ignore format: rows
    { raw: 10, five: 12, hour: 16, ages: [[0, 6], [FIVE, 4], [HOUR, 7]], due: 0 }, // biome-ignore format: rows
    { raw: 3, five: 1, hour: 6, ages: [[0, 6], [FIVE, 4], [HOUR, 7]], due: 3 }, // biome-ignore format: rows
    { raw: 0, five: 0, hour: 0, ages: [[0, 6], [FIVE, 4], [HOUR, 7]], due: 0 }, // biome-ignore format: rows
  ] as const)("counts $due of $ages where $raw, $five and $hour months are kept", ({ raw, five, hour, ages, due }) => {
    const months = (count: number) => `${count * 30}d`;
    const { retention } = settingsOf({ retention: { raw: months(raw), "5m": months(five), "1h": months(hour) } });
    const blocks = ages.map(([resolution, age]) => ({ meta: { resolution, maxTime: NOW - age * 30 * DAY } }));
    expect(retentionBacklog(blocks, { retention, now: NOW })).toBe(due);
  });
});

// Measured by simulation: share of the history that gets 5 m and 1 h blocks.
describe("downsampledCoverage", () => {
  it.each([
    { raw: "40h", five: "0d", delay: "0s", fiveMinutes: "none", hour: "none" },
    { raw: "45h", five: "0d", delay: "1h", fiveMinutes: "none", hour: "none" },
    { raw: "40h", five: "0d", delay: "48h", fiveMinutes: "all", hour: "all" },
    { raw: "7d", five: "10d", delay: "48h", fiveMinutes: "all", hour: "none" },
    { raw: "7d", five: "13d", delay: "48h", fiveMinutes: "all", hour: "none" },
    { raw: "7d", five: "14d", delay: "48h", fiveMinutes: "all", hour: "part" },
    { raw: "7d", five: "15d", delay: "48h", fiveMinutes: "all", hour: "part" },
    { raw: "7d", five: "366h", delay: "48h", fiveMinutes: "all", hour: "all" },
    { raw: "10d", five: "10d", delay: "48h", fiveMinutes: "all", hour: "part" },
    { raw: "11d", five: "10d", delay: "48h", fiveMinutes: "all", hour: "part" },
    { raw: "270h", five: "10d", delay: "48h", fiveMinutes: "all", hour: "all" },
    { raw: "0d", five: "10d", delay: "48h", fiveMinutes: "all", hour: "all" },
  ])("of raw $raw, 5 m $five, delete delay $delay is $fiveMinutes of 5 m and $hour of 1 h", (given) => {
    const settings = settingsOf({ retention: { raw: given.raw, "5m": given.five }, deleteDelay: given.delay });
    expect(downsampledCoverage(settings)).toEqual({ fiveMinutes: given.fiveMinutes, hour: given.hour });
  });
});

import { beforeAll, describe, expect, it } from "vitest";
import { crashPointsOf } from "#test/simulation/effects";
import { CALM, type Run, runSchedule } from "#test/simulation/run";

/** No measure of speed: a busy machine may take its time. */
const PATIENCE_MS = 1_200_000;

let calm: Run;

beforeAll(async () => {
  calm = await runSchedule(CALM);
});

describe("a crash before or after any single effect", () => {
  it("changes nothing of how it ends", { timeout: PATIENCE_MS }, async () => {
    for (const { where, ...crash } of crashPointsOf(calm.meter.names)) {
      const { end, meter } = await runSchedule({ ...CALM, crashes: [crash] });

      expect(meter.fired, where).toBe(1);
      expect(end, where).toEqual(calm.end);
    }
  });
});

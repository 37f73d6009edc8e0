import { beforeAll, describe, expect, it } from "vitest";
import { CALM, type Run, runSchedule } from "#test/simulation/run";

/** No measure of speed: a busy machine may take its time. */
const PATIENCE_MS = 1_200_000;

let calm: Run;

beforeAll(async () => {
  calm = await runSchedule(CALM);
});

describe("a crash before or after any single effect", () => {
  it("changes nothing of how it ends", { timeout: PATIENCE_MS }, async () => {
    const points = calm.meter.names.flatMap((_, at) =>
      (["before", "after"] as const).map((side) => ({ effect: at + 1, side })),
    );

    for (const crash of points) {
      const { end, meter } = await runSchedule({ ...CALM, crashes: [crash] });

      const where = `${crash.side} effect ${crash.effect}, ${calm.meter.names[crash.effect - 1]}`;
      expect(meter.fired, where).toBe(1);
      expect(end, where).toEqual(calm.end);
    }
  });
});

import { describe, expect, it } from "vitest";
import type { ClusterRecord } from "#fleet/record";
import { unknownConditions } from "#onboard/conditions";
import { type Ending, endingOfPlan, endingOfStep, recordLook, sameRecord } from "#onboard/record-look";
import { DEV } from "#test/packages/onboard/world";

const NOW = new Date("2026-11-21T10:00:00.000Z");
const WAIT = endingOfPlan({ wait: "not-ready", at: "ready", message: "m", until: "soon" });
const DONE = endingOfPlan({ nothing: true, because: "all is well" });
const DNS_DONE = endingOfStep("dns", { message: "written" });

function looked(ending: Ending, previous: ClusterRecord | null = null, now = NOW): ClusterRecord {
  return recordLook({
    arn: DEV.arn,
    previous,
    createdAt: NOW.toISOString(),
    mode: "manage",
    phase: "waiting",
    ending,
    conditions: previous?.conditions ?? unknownConditions("new", NOW),
    endpoint: null,
    dnsChange: null,
    reused: null,
    now,
  });
}

const later = (ms: number) => new Date(NOW.getTime() + ms).toISOString();

describe("recordLook", () => {
  it("counts looks that end alike and tells them once", () => {
    const second = looked(WAIT, looked(WAIT));
    expect(second).toMatchObject({ attempts: 2, lookAt: later(30_000) });
    expect(second.history).toHaveLength(1);
  });

  it("begins anew when it waits for something else", () => {
    const other = endingOfPlan({ wait: "dns-pending", at: "dns", message: "m", until: "soon" });
    expect(looked(other, looked(WAIT, looked(WAIT)))).toMatchObject({ attempts: 1, lookAt: later(15_000) });
  });

  it.each([
    ["a given time", { ...WAIT, again: new Date(later(1000)) }, later(1000)],
    ["the sweep", endingOfPlan({ wait: "paused", at: "dns", message: "m", until: "sweep" }), null],
    ["nothing", DONE, null],
    ["a step that needs a while", endingOfStep("access", { message: "m", againAfterMs: 30_000 }), later(30_000)],
    ["a step that needs none", DNS_DONE, later(0)],
  ] as const satisfies readonly (readonly [string, Ending, string | null])[])(
    "looks again after %s",
    (_, ending, lookAt) => {
      expect(looked(ending).lookAt).toBe(lookAt);
    },
  );

  it("pauses before a step that was just done has to be done again", () => {
    expect(looked(DNS_DONE, looked(DNS_DONE)).lookAt).toBe(later(15_000));
  });

  it("keeps the last twenty lines of history, with every step that was done", () => {
    let record = looked(WAIT);
    for (let n = 0; n < 30; n++) record = looked(n % 2 === 0 ? DNS_DONE : WAIT, record);
    expect(record.history).toHaveLength(20);
  });
});

describe("sameRecord", () => {
  it("does not count when it was written, nor the order of its fields", () => {
    const first = looked(DONE);
    const { history, ...rest } = looked(DONE, first, new Date(later(60_000)));
    expect(sameRecord(first, { history, ...rest })).toBe(true);
    expect(sameRecord(first, looked(WAIT, first))).toBe(false);
  });
});

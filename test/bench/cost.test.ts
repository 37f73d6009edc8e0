import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { ASSUMED, billOf, monthOf } from "#bench/cost/bill";
import { measureHour } from "#bench/cost/hour";
import { readMeasured } from "#bench/cost/measured";
import { billTable, figures, leafTable, measuredTable } from "#bench/cost/tables";
import { ofType } from "#sst-graph/query";
import { FLEET, graphFor, TYPES } from "#test/stacks/graph";

const hours = readMeasured();
const page = await readFile(new URL("../../docs/cost.md", import.meta.url), "utf8");
const total = (clusters: number) => billOf(hours, clusters).reduce((sum, { dollars }) => sum + dollars, 0);

describe("docs/cost.md", () => {
  it.each([
    ["what was measured", measuredTable(hours)],
    ["the bill", billTable(hours)],
    ["the leaf", leafTable()],
    ["the figures", figures(hours)],
  ])("shows %s as npm run bench:cost prints it", (_, text) => {
    expect(page).toContain(text);
  });
});

describe("the bill", () => {
  it("is of fleets that were at rest", () => {
    for (const { clusters, present, alerts } of hours)
      expect({ present, alerts }).toEqual({ present: clusters, alerts: 0 });
  });

  it("grows with the fleet", () => {
    expect(total(100)).toBeGreaterThan(total(6));
    expect(total(1000)).toBeGreaterThan(total(100));
  });

  it("has the alarms that an installation makes", async () => {
    const graph = await graphFor({ ...FLEET, alerts: { slackWebhookSecret: "musterbook/slack-webhook" } });
    expect(ofType(graph, TYPES.alarm)).toHaveLength(ASSUMED.alarms);
  });

  it("is for what was counted, where that size was measured", () => {
    for (const { clusters, uses } of hours) {
      const counted = uses["reconcile-cluster"]?.invocations ?? 0;
      expect(monthOf(hours, clusters).get("reconcile-cluster")?.invocations).toBeCloseTo(counted * 730);
    }
  });
});

describe("the measurement", () => {
  it("still counts what was written down for the smallest fleet", async () => {
    const [smallest] = hours;
    const { tally, present } = await measureHour(6, 6);

    expect(present).toBe(6);
    for (const [name, { invocations, readUnits, writeUnits, s3Reads }] of tally) {
      expect({ name, ...smallest?.uses[name] }).toMatchObject({ name, invocations, readUnits, writeUnits, s3Reads });
    }
  }, 120_000);
});

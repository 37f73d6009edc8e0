import { describe, expect, it } from "vitest";
import type { ClusterRecord, Condition } from "#fleet/record";
import { renderRollCall } from "#report/roll-call";
import { displayWidth } from "#report/text";
import { recordOf } from "#test/packages/stores/records";

const NOW = new Date("2026-11-21T10:00:00Z");

function condition(status: Condition["status"], until?: string): Condition {
  return { status, reason: "r", evidence: "", since: NOW.toISOString(), ...(until === undefined ? {} : { until }) };
}

const YES = condition("yes");
const ALL_WELL: ClusterRecord["conditions"] = {
  Installed: YES,
  Registered: YES,
  Queryable: YES,
  Uploading: condition("due", "2026-11-21T13:15:00Z"),
  Beating: condition("unknown"),
};

const PRESENT: ClusterRecord = { ...recordOf("shop-1", "listed"), mode: "manage", conditions: ALL_WELL };
const STOPPED: ClusterRecord = {
  ...recordOf("bank-1", "none"),
  mode: "manage",
  phase: "failed",
  message: "the endpoint of bank-1 is private.",
  remedy: "name its VPC in reach.vpc",
};
const WAITING: ClusterRecord = {
  ...recordOf("dev-7", "none"),
  mode: "manage",
  phase: "waiting",
  message: "the load balancer has no name",
  conditions: { ...ALL_WELL, Registered: condition("no"), Queryable: condition("unknown") },
};

function lines(records: readonly ClusterRecord[], width = 120): readonly string[] {
  return renderRollCall(records, { width, now: NOW }).split("\n");
}

function rowOf(name: string, records: readonly ClusterRecord[]): string {
  return lines(records).find((line) => line.startsWith(`${name} `)) ?? "";
}

describe("renderRollCall", () => {
  it("says so when there is no cluster", () => {
    expect(renderRollCall([], { width: 80, now: NOW })).toBe("No cluster yet.\n");
  });

  it("counts by phase, best first", () => {
    const observed: ClusterRecord = { ...recordOf("old", "none"), phase: "observed" };

    expect(lines([STOPPED, PRESENT, WAITING, observed])[0]).toBe(
      "4 clusters: 1 present, 1 observed, 1 waiting, 1 stopped",
    );
    expect(lines([PRESENT])[0]).toBe("1 cluster: 1 present");
  });

  it("has one row per cluster and one column per condition", () => {
    const [, , titles] = lines([PRESENT]);

    expect(titles?.split(/\s{2,}/)).toEqual([
      "CLUSTER",
      "REGION",
      "MODE",
      "INSTALLED",
      "REGISTERED",
      "QUERYABLE",
      "UPLOADING",
      "BEATING",
    ]);
    expect(
      rowOf("shop-1", [PRESENT])
        .trimEnd()
        .split(/\s{2,}/),
    ).toEqual(["shop-1", "eu-west-1", "manage", "yes", "yes", "yes", expect.stringMatching(/^due .*13:15/), "-"]);
  });

  it("explains every cluster that is not where it should be, at the first condition that does not hold", () => {
    const text = lines([PRESENT, STOPPED, WAITING]);

    expect(rowOf("bank-1", [PRESENT, STOPPED, WAITING])).toMatch(/manage +no \(1\) +-/);
    expect(rowOf("dev-7", [PRESENT, STOPPED, WAITING])).toMatch(/manage +yes +no \(2\) +-/);
    expect(text).toContain("(1) bank-1: the endpoint of bank-1 is private. Name its VPC in reach.vpc.");
    expect(text).toContain("(2) dev-7: the load balancer has no name.");
  });

  it("repeats a message as it is, and ends it with one full stop", () => {
    const cut: ClusterRecord = { ...STOPPED, message: 'helm said "no matches for ..." of 1..3', remedy: "" };

    expect(lines([cut])).toContain('(1) bank-1: helm said "no matches for ..." of 1..3.');
  });

  it("puts the note at the uploads where everything before holds or is somebody else's", () => {
    const theirs: ClusterRecord = {
      ...WAITING,
      conditions: { ...ALL_WELL, Installed: condition("theirs"), Uploading: condition("no") },
    };

    expect(rowOf("dev-7", [theirs])).toMatch(/manage +theirs +yes +yes +no \(1\)/);
  });

  it("shows a record whose ARN it cannot read by that ARN, and one without a mode", () => {
    const odd: ClusterRecord = { ...PRESENT, arn: "somewhere", mode: null };

    expect(rowOf("somewhere", [odd])).toMatch(/^somewhere +- +- +yes/);
  });

  it.each([40, 60, 80, 120])("fits into %i columns", (width) => {
    const wide = lines([PRESENT, STOPPED, WAITING], width).filter((line) => displayWidth(line) > width);

    expect(wide).toEqual([]);
  });
});

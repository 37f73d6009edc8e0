import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { causesOf } from "#blocks/causes";
import { FINDING_IDS, SEVERITIES } from "#blocks/finding";
import { finding } from "#test/factories/audit-report";

const halt = finding({ id: "compactor.will-halt", groupKey: "0@1" });
const overlap = finding({ id: "overlap.c-same-labels", groupKey: "0@1" });
const clusterLate = finding({ id: "upload.cluster-late", labels: { cluster: "prod-b" }, groupKey: null });
const late = finding({ id: "upload.late", labels: { cluster: "prod-b", prometheus_replica: "prometheus-0" } });

describe("causesOf", () => {
  it("lets a halt swallow the overlap of its group", () => {
    expect(causesOf([overlap, halt])).toEqual([{ finding: halt, swallows: [overlap] }]);
  });

  it("leaves the overlap of another group", () => {
    expect(causesOf([halt, { ...overlap, groupKey: "0@2" }])).toHaveLength(2);
  });

  it("lets a late cluster swallow its late streams", () => {
    const sibling = { ...late, labels: { ...late.labels, prometheus_replica: "prometheus-1" } };
    expect(causesOf([late, sibling, clusterLate])).toEqual([{ finding: clusterLate, swallows: [late, sibling] }]);
  });

  it("tells of a late replica once, as long as the rest of its cluster is on time", () => {
    const replica = finding({ id: "upload.replica-late", severity: "warning", labels: late.labels });
    expect(causesOf([replica, late])).toEqual([{ finding: late, swallows: [replica] }]);
  });

  it("gives what a swallowed cause explains to the cause of both", () => {
    const replica = finding({ id: "upload.replica-late", severity: "warning", labels: late.labels });
    expect(causesOf([replica, late, clusterLate])).toEqual([{ finding: clusterLate, swallows: [replica, late] }]);
  });

  it("leaves the late streams of another cluster", () => {
    const other = { ...late, labels: { ...late.labels, cluster: "prod-a" } };
    expect(causesOf([other, clusterLate]).map((cause) => cause.finding)).toEqual([other, clusterLate]);
  });

  it("puts the worst first and keeps the order among equals", () => {
    const [info, warning, first, second] = [
      finding({ severity: "info" }),
      finding({ severity: "warning" }),
      finding({ id: "block.partial" }),
      finding({ id: "block.incomplete" }),
    ];
    expect(causesOf([info, first, warning, second]).map((cause) => cause.finding)).toEqual([
      first,
      second,
      warning,
      info,
    ]);
  });

  it("loses no finding", () => {
    const any = fc.record({
      id: fc.constantFrom(...FINDING_IDS),
      severity: fc.constantFrom(...SEVERITIES),
      groupKey: fc.constantFrom(null, "0@1", "0@2"),
      labels: fc.constantFrom<Record<string, string>[]>({}, { cluster: "a" }, { cluster: "a", replica: "0" }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), (given) => {
        const findings = given.map((fields) => finding(fields));
        const told = causesOf(findings).flatMap((cause) => [cause.finding, ...cause.swallows]);
        expect(new Set(told)).toEqual(new Set(findings));
        expect(told).toHaveLength(findings.length);
      }),
      { seed: 1 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { type Cause, causesOf } from "#blocks/causes";
import type { Finding } from "#blocks/finding";
import { type Group, groupsOf, namesOf } from "#report/finding-groups";
import { finding } from "#test/factories/audit-report";

function groupOf(...findings: readonly Finding[]): Group {
  const [group, ...more] = groupsOf(findings.map((each): Cause => ({ finding: each, swallows: [] })));
  if (group === undefined || more.length > 0) throw new Error("one group is meant");
  return group;
}

function names(findings: readonly Finding[], columns = 200): string {
  const group = groupOf(...findings);
  return namesOf(group, group.causes, columns);
}

const of = (labels: Readonly<Record<string, string>>, block = "01A") => finding({ labels, blocks: [block] });

describe("groups of findings", () => {
  it("are of one id and one severity, in the order of the causes", () => {
    const gap = finding({ id: "upload.gap", severity: "warning" });
    const groups = groupsOf(causesOf([gap, finding(), { ...gap, severity: "critical" }, { ...gap }, finding()]));
    expect(groups.map(({ severity, id, causes }) => `${severity} ${id} ${causes.length}`)).toEqual([
      "critical upload.late 2",
      "critical upload.gap 1",
      "warning upload.gap 2",
    ]);
  });

  it("began when the first of them did, and swallow what all of them do", () => {
    const since = ["2026-11-20T09:15:00Z", null, "2026-11-20T07:15:00Z"];
    const causes = since.map(
      (each): Cause => ({ finding: finding({ since: each }), swallows: [finding(), finding()] }),
    );
    expect(groupsOf(causes)).toMatchObject([{ since: "2026-11-20T07:15:00Z", swallowed: 6 }]);
    expect(groupOf(finding({ since: null })).since).toBeNull();
  });
});

describe("the names of what is in a group", () => {
  it("are the values of the labels that differ", () => {
    expect(names([of({ cluster: "a", stage: "prod" }), of({ cluster: "b", stage: "prod" })])).toBe("by cluster: a, b");
  });

  it("have no label that another one tells already", () => {
    const streams = ["a 0 eu", "a 1 eu", "b 0 us", "b 1 us"].map((text) => {
      const [cluster = "", replica = "", region = ""] = text.split(" ");
      return of({ cluster, region, replica });
    });
    expect(names(streams)).toBe("by cluster/replica: a/0, a/1, b/0, b/1");
  });

  it("are short where their values begin alike", () => {
    const replicas = ["0", "1"].map((nth) => of({ replica: `prometheus-kube-prometheus-stack-prometheus-${nth}` }));
    expect(names(replicas)).toBe("by replica: ..-0, ..-1");
    expect(names([of({ cluster: "prod-a" }), of({ cluster: "prod-b" })])).toBe("by cluster: prod-a, prod-b");
  });

  it("count what has several findings, and say what lacks a label", () => {
    expect(names([of({ cluster: "a" }, "01A"), of({ cluster: "a" }, "01B"), of({})])).toBe("by cluster: a (2), -");
  });

  it("are ULIDs where no label differs, else group keys", () => {
    expect(names([of({}, "01A"), of({}, "01B")])).toBe("01A, 01B");
    const keys = ["0@1", "0@2"].map((groupKey) => finding({ labels: {}, blocks: [], groupKey }));
    expect(names(keys)).toBe("0@1, 0@2");
  });

  it("end in a count where there is no room, and one is there in any case", () => {
    const clusters = Array.from({ length: 1_500 }, (_, at) => of({ cluster: `cluster-${1_000 + at}` }));
    expect(names(clusters, 60)).toBe("by cluster: cluster-1000, cluster-1001 and 1,498 more");
    expect(names(clusters, 60).length).toBeLessThanOrEqual(60);
    expect(names(clusters, 1)).toBe("by cluster: cluster-1000 and 1,499 more");
  });
});

import { describe, expect, it } from "vitest";
import type { AlertInput } from "#alerts/alert";
import { fingerprint } from "#alerts/fingerprint";
import { alertsFromFindings, listingFailed } from "#alerts/from-finding";
import type { Finding } from "#blocks/finding";
import { TerminalError } from "#fleet/errors";

const url = "s3://blocks";

function finding(change: Partial<Finding> = {}): Finding {
  return {
    id: "upload.late",
    severity: "warning",
    summary: "Late by 3 blocks.",
    labels: { cluster: "prod-a", replica: "0" },
    groupKey: null,
    blocks: [],
    since: "2026-11-21T09:15:00Z",
    evidence: { lateMs: 1 },
    consequence: "Blocks are lost when the disk forgets them.",
    remedy: "Look at the sidecar.",
    ...change,
  };
}

function idsOf(...findings: readonly Finding[]): readonly string[] {
  return of(findings).map(({ id, labels }) => `${id} ${labels.replica ?? "-"}`);
}

function of(findings: readonly Finding[]): readonly AlertInput[] {
  return alertsFromFindings({ url, findings }).alerts;
}

describe("alertsFromFindings", () => {
  it("labels an alert with the stream, its group and the bucket", () => {
    expect(of([finding({ groupKey: "0@1" })])).toEqual([
      {
        id: "upload.late",
        severity: "warning",
        labels: { cluster: "prod-a", replica: "0", group: "0@1", bucket: url },
        summary: "Late by 3 blocks.",
        evidence: {
          lateMs: 1,
          since: "2026-11-21T09:15:00Z",
          consequence: "Blocks are lost when the disk forgets them.",
          blocks: [],
          findings: 1,
          swallows: 0,
        },
        remedy: "Look at the sidecar.",
        extent: 1,
      },
    ]);
  });

  it("lets a halt swallow the overlap of its group, and of no other", () => {
    const halt = finding({ id: "compactor.will-halt", severity: "critical", groupKey: "0@1" });
    const alerts = of([
      finding({ id: "overlap.c-same-labels", groupKey: "0@1" }),
      halt,
      finding({ id: "overlap.c-same-labels", groupKey: "0@2" }),
      finding({ id: "overlap.c-same-labels", groupKey: null }),
      finding({ id: "upload.late", groupKey: "0@1" }),
    ]);
    expect(alerts.map(({ id, labels }) => `${id} ${labels.group}`)).toEqual([
      "compactor.will-halt 0@1",
      "overlap.c-same-labels 0@2",
      "overlap.c-same-labels undefined",
      "upload.late 0@1",
    ]);
    expect(alerts[0]?.evidence).toMatchObject({ swallows: 1 });
  });

  it("lets a late cluster swallow its late streams and replicas, and no other's", () => {
    const streams = [finding(), finding({ id: "upload.replica-late", labels: { cluster: "prod-a", replica: "1" } })];
    const foreign = finding({ labels: { cluster: "prod-b", replica: "9" } });
    const cause = finding({ id: "upload.cluster-late", labels: { cluster: "prod-a" } });
    const overlap = finding({ id: "overlap.c-same-labels", labels: { cluster: "prod-a", replica: "5" } });
    expect(idsOf(...streams, foreign, cause, overlap)).toEqual([
      "upload.cluster-late -",
      "upload.late 9",
      "overlap.c-same-labels 5",
    ]);
  });

  it("lets a late cluster without labels swallow nothing", () => {
    expect(idsOf(finding(), finding({ id: "upload.cluster-late", labels: {} }))).toHaveLength(2);
  });

  it("makes one alert of the same finding on several blocks, the worst and stable in its order", () => {
    const one = finding({ id: "block.partial", blocks: ["01B"], summary: "One." });
    const two = finding({ id: "block.partial", blocks: ["01A"], summary: "Two.", severity: "critical" });
    const alerts = of([one, two]);
    expect(alerts).toMatchObject([
      {
        severity: "critical",
        summary: "Two. 1 more of the same kind.",
        evidence: { blocks: ["01A", "01B"], findings: 2 },
      },
    ]);
    expect(of([two, one])).toEqual(alerts);
  });

  it("gives the extent in findings, those that it swallows too, or in blocks, whichever are more", () => {
    const extentOf = (...findings: readonly Finding[]) => of(findings).map(({ extent }) => extent);
    const cause = finding({ id: "upload.cluster-late", labels: { cluster: "prod-a" } });
    const streams = ["0", "1"].map((replica) => finding({ labels: { cluster: "prod-a", replica } }));
    expect(extentOf(cause, ...streams)).toEqual([3]);
    expect(extentOf(finding({ blocks: ["01A", "01B"] }), finding({ blocks: ["01B", "01C"] }))).toEqual([3]);
  });

  it("tells what is explained, as the alert that it would be alone", () => {
    const cause = finding({ id: "upload.cluster-late", labels: { cluster: "prod-a" } });
    const { explained } = alertsFromFindings({ url, findings: [cause, finding()] });
    expect(explained.map(fingerprint)).toEqual(of([finding()]).map(fingerprint));
  });

  it("gives one fingerprint whatever the evidence", () => {
    const prints = [finding(), finding({ evidence: { lateMs: 2 }, summary: "Other.", since: null })].map((each) =>
      of([each]).map(fingerprint),
    );
    expect(prints[0]).toEqual(prints[1]);
  });
});

describe("listingFailed", () => {
  it("repeats the remedy of the error", () => {
    const error = new TerminalError("AccessDenied", { remedy: "Grant s3:ListBucket on blocks." });
    expect(listingFailed({ what: url, error })).toMatchObject({
      id: "musterbook.listing-failed",
      labels: { what: url },
      evidence: { error: "AccessDenied" },
      remedy: "Grant s3:ListBucket on blocks.",
    });
  });

  it("takes anything that was thrown", () => {
    expect(listingFailed({ what: url, error: "boom" }).evidence).toEqual({ error: "boom" });
  });
});

import { describe, expect, it } from "vitest";
import { fitAlert } from "#alerts/evidence";

const ALERT = {
  id: "upload.late",
  severity: "warning",
  labels: {},
  summary: "late",
  remedy: "look",
  evidence: {},
} as const;

function fitEvidence(evidence: Readonly<Record<string, unknown>>) {
  return fitAlert({ ...ALERT, evidence }).evidence;
}

const ULID = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

describe("fitEvidence", () => {
  it("leaves what fits as it is, long lists too", () => {
    const evidence = { hours: 3, blocks: Array(1_000).fill(ULID), nothing: undefined };
    expect(fitEvidence(evidence)).toBe(evidence);
  });

  it("ends the lists of what does not fit after a hundred, and says so", () => {
    const fitted = fitEvidence({ hours: 3, blocks: Array(10_000).fill(ULID), streams: ["one"] });
    expect(fitted).toEqual({ hours: 3, blocks: Array(100).fill(ULID), streams: ["one"], shortened: ["blocks"] });
  });

  it("leaves out the largest parts where that is not enough", () => {
    const fitted = fitEvidence({ huge: "x".repeat(50_000), rows: Array(200).fill("x".repeat(390)), hours: 3 });
    expect(fitted).toEqual({ rows: Array(100).fill("x".repeat(390)), hours: 3, shortened: ["huge", "rows"] });
  });
});

describe("fitAlert", () => {
  it("leaves an alert of usual size as it is", () => {
    const alert = { ...ALERT, labels: { cluster: "prod-a" } };
    expect(fitAlert(alert)).toEqual(alert);
  });

  it("cuts what somebody may have written into a meta.json", () => {
    const long = "x".repeat(100_000);
    const fitted = fitAlert({ ...ALERT, labels: { cluster: long, [long]: "y" }, summary: long, remedy: long });
    expect(Buffer.byteLength(JSON.stringify(fitted))).toBeLessThan(15_000);
    expect(fitted.summary).toMatch(/^x+…$/);
  });
});

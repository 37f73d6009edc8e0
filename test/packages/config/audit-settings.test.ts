import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { AuditSettings, defaultAuditSettings } from "#config/audit-settings";
import { parseWith } from "#config/schema";

const HOUR = 3_600_000;

describe("AuditSettings", () => {
  it("is by default what Thanos's own compactor and a sidecar with 2 h blocks do", () => {
    expect(defaultAuditSettings()).toMatchObject({
      verticalCompaction: false,
      deduplicationReplicaLabels: [],
      deleteDelay: 48 * HOUR,
      consistencyDelay: HOUR / 2,
      waitInterval: HOUR / 12,
      retention: { raw: 0, "5m": 0, "1h": 0 },
      downsampling: true,
      blockRange: 2 * HOUR,
      uploadSlack: HOUR / 4,
      expectedClusters: [],
    });
  });

  it("takes durations as Prometheus writes them, and leaves the rest as it is", () => {
    const settings = v.parse(AuditSettings, { retention: { raw: "30d" }, deleteDelay: "1h30m" });

    expect(settings).toEqual({
      ...defaultAuditSettings(),
      retention: { raw: 720 * HOUR, "5m": 0, "1h": 0 },
      deleteDelay: 1.5 * HOUR,
      given: ["deleteDelay", "retention"],
    });
  });

  it.each([
    ["a name that it does not know", { deleteDelays: "48h" }, "deleteDelays"],
    ["an unknown resolution", { retention: { "2h": "30d" } }, "retention.2h"],
    ["a duration without unit", { uploadSlack: "15" }, "uploadSlack"],
    ["a number for a duration", { uploadSlack: 15 }, "uploadSlack"],
    ["blocks without length", { blockRange: "0s" }, "blockRange"],
  ])("refuses %s, naming the field", (_, input, field) => {
    const parsed = parseWith(AuditSettings, input);

    expect(parsed.ok ? [] : parsed.problems.map((problem) => problem.field)).toEqual([field]);
  });
});

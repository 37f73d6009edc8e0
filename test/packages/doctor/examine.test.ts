import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { AuditOnlyConfig, FleetConfig } from "#config/fleet-config";
import type { InstallationConfig } from "#config/installation-config";
import { examine } from "#doctor/examine";
import type { Facts } from "#doctor/facts";
import { fixedClock } from "#fleet/clock";
import { RetryableError, TerminalError } from "#fleet/errors";
import { doctorLine, doctorSummary } from "#report/doctor";
import { FLEET } from "#test/stacks/graph";

const NOW = "2026-11-21T12:00:00Z";
const fleet = v.parse(FleetConfig, {
  ...FLEET,
  scopes: [
    { account: "111122223333", regions: ["eu-west-1", "us-east-1"] },
    { account: "444455556666", regions: ["eu-north-1"] },
  ],
  alerts: { operators: ["a@example.com"] },
});

/** An account in which all is as it should be. */
const SOUND: Facts = {
  identity: async () => ({ account: "111122223333", arn: "arn:aws:iam::111122223333:role/me" }),
  time: async () => new Date(NOW),
  trails: async () => [{ name: "all", logging: true, managementWrites: true }],
  concurrency: async () => ({ limit: 1000, unreserved: 978 }),
  clusterQuota: async () => ({ limit: 100, used: 6 }),
  denied: async () => [],
  zones: async () => [{ id: "Z1", isPrivate: true, vpcs: ["vpc-0abc"] }],
  clusterVpc: async () => "vpc-0abc",
  thanosVersion: async () => "0.42.4",
  bucketRegion: async ({ region }) => region,
  encryption: async () => ({ algorithm: "AES256", key: null }),
  lifecycle: async () => [],
  tellsEventBridge: async () => true,
  subscriptions: async () => [{ endpoint: "a@example.com", protocol: "email", confirmed: true }],
};

function examined(facts: Partial<Facts> = {}, config: InstallationConfig = fleet) {
  return examine({
    facts: { ...SOUND, ...facts },
    ...{ config, region: "eu-west-1", clock: fixedClock(NOW), reserved: 22, actions: ["iam:CreateRole"] },
    name: (of) => `musterbook-prod-${of}`,
    buckets: [{ name: "example-blocks", region: "eu-west-1", prefix: "" }],
    charts: [{ name: "kube-prometheus-stack", version: "88.5.3", state: "verified" }],
    onLine: () => undefined,
  });
}

const denied = new TerminalError("cannot look: access denied; ec2:Something on * is missing", {
  remedy: "Allow ec2:Something.",
});

describe("examine", () => {
  it("asks of everything that a fleet needs, of the regions of the hub's account", async () => {
    const lines = await examined();

    expect(lines.map(({ check, subject }) => `${check} ${subject}`.trim())).toEqual([
      "credentials",
      "clock",
      "rights deploy",
      "quota.lambda eu-west-1",
      "trail eu-west-1",
      "quota.eks eu-west-1",
      "trail us-east-1",
      "quota.eks us-east-1",
      "zone obs.internal.example.com",
      "thanos observer",
      "chart kube-prometheus-stack",
      "bucket.region example-blocks",
      "bucket.encryption example-blocks",
      "bucket.lifecycle example-blocks",
      "bucket.events example-blocks",
      "subscriptions musterbook-prod-ops",
    ]);
    expect(new Set(lines.map(({ status }) => status))).toEqual(new Set(["ok"]));
  });

  it("asks an installation that only audits of its buckets, and of no cluster", async () => {
    const config = v.parse(AuditOnlyConfig, { capabilities: ["audit"], buckets: [{ url: "s3://example-blocks" }] });
    const checks = (await examined({}, config)).map(({ check }) => check);

    expect(checks.filter((check) => /^(?:trail|zone|thanos|quota\.eks)/.test(check))).toEqual([]);
    expect(checks).toContain("bucket.lifecycle");
  });

  const questions = Object.keys(SOUND).filter((name) => name !== "identity" && name !== "clusterVpc");

  it.each(questions)("makes a warning of %s that is refused, which says what is missing, and goes on", async (name) => {
    const lines = await examined({ [name]: () => Promise.reject(denied) });

    const warnings = lines.filter(({ status }) => status !== "ok");
    expect(warnings.length).toBeGreaterThan(0);
    expect(lines).toHaveLength(16);
    for (const { status, text, remedy } of warnings) {
      expect(status).toBe("warning");
      expect(text).toContain("ec2:Something on * is missing");
      expect(remedy).toBe("Allow ec2:Something.");
    }
  });

  it("judges the zone by itself where the observer may not be described", async () => {
    const lines = await examined({ clusterVpc: () => Promise.reject(denied) });

    expect(lines.find(({ check }) => check === "zone")).toMatchObject({ status: "warning", text: /is private/ });
  });

  it("takes an answer that does not come for one that is not known", async () => {
    const away = new RetryableError("no answer", { remedy: "Run it again." });
    const lines = await examined({ thanosVersion: () => Promise.reject(away) });

    expect(lines.find(({ check }) => check === "thanos")).toMatchObject({
      status: "warning",
      text: "not checked: no answer",
      remedy: "Run it again.",
    });
  });

  it("ends where it cannot ask at all, and never hides a defect", async () => {
    await expect(examined({ identity: () => Promise.reject(denied) })).rejects.toThrow("access denied");
    await expect(examined({ trails: () => Promise.reject(new TypeError("a defect")) })).rejects.toThrow("a defect");
  });
});

describe("the doctor's report", () => {
  it("says of each line what, how and what to do, within the width, and counts them", async () => {
    const lines = await examined({
      tellsEventBridge: async () => false,
      lifecycle: async () => [{ id: "cheap", prefix: "", byTags: false, expires: true, classes: [] }],
    });
    const text = lines.map((line) => doctorLine(line, 80)).join("") + doctorSummary(lines);

    expect(text).toContain("ok       clock: this machine and AWS agree on the time\n");
    expect(text).toContain("FAILURE  bucket.lifecycle example-blocks: rule cheap deletes blocks\n         Take these");
    expect(text).toContain("WARNING  bucket.events example-blocks: ");
    expect(text).toMatch(/\n\n1 failure, 1 warning, 14 ok\.\n$/);
    expect(Math.max(...text.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});

import { describe, expect, it } from "vitest";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { parseWith } from "#config/schema";

/** The least that a user writes. */
const LEAST: FleetConfigInput = {
  scopes: [{ account: "111122223333", regions: ["eu-west-1"] }],
  zone: "obs.internal.example.com",
  principalArn: "arn:aws:iam::111122223333:role/musterbook",
  observer: { cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer" },
};

function parsed(change: Readonly<Record<string, unknown>> = {}) {
  return parseWith(FleetConfig, { ...LEAST, ...change });
}

function problemsOf(change: Readonly<Record<string, unknown>>) {
  const result = parsed(change);
  return result.ok ? [] : result.problems.map(({ field, remedy }) => `${field}: ${remedy}`);
}

describe("FleetConfig", () => {
  it.each([512, 1024.5, 20_000])(
    "refuses %d MB for the audit, which Lambda does not give or the index does not fit in",
    (memoryMb) => {
      expect(parsed({ audit: { memoryMb } })).toMatchObject({ ok: false, problems: [{ field: "audit.memoryMb" }] });
    },
  );

  it("fills in what a user leaves out, and lets nothing be changed by that", () => {
    expect(parsed()).toEqual({
      ok: true,
      value: {
        ...LEAST,
        capabilities: ["audit", "onboarding"],
        audit: { memoryMb: 2048 },
        modes: [],
        paused: false,
        observer: {
          ...LEAST.observer,
          namespace: "monitoring",
          querier: { service: "thanos-query", port: 9090 },
          endpointsConfigMap: "musterbook-endpoints",
        },
        leaf: {
          namespace: "monitoring",
          release: "musterbook",
          endpointService: "musterbook-leaf-query",
          size: "standard",
          stageTag: "stage",
          sourceRanges: ["10.0.0.0/8"],
          values: [],
        },
        storesTls: {
          caFile: "/etc/thanos/tls/ca.crt",
          certFile: "/etc/thanos/tls/tls.crt",
          keyFile: "/etc/thanos/tls/tls.key",
        },
        approvedRemovals: [],
        reach: { vpc: [] },
        buckets: [],
        alerts: { operators: [] },
      },
    });
  });

  it.each([
    ["no account", { scopes: [] }, "scopes: name at least one account with its regions"],
    [
      "an account that lost its zeros",
      { scopes: [{ account: "1122223333", regions: ["eu-west-1"] }] },
      "scopes.0.account: write the account id as twelve digits, quoted",
    ],
    [
      "an account without a region",
      { scopes: [{ account: "111122223333", regions: [] }] },
      "scopes.0.regions: name at least one region",
    ],
    [
      "a zone with a trailing dot",
      { zone: "obs.example.com." },
      "zone: write a DNS name such as obs.internal.example.com",
    ],
    [
      "a user for a role",
      { principalArn: "arn:aws:iam::111122223333:user/me" },
      "principalArn: write the ARN of an IAM role",
    ],
    ["a name for an ARN", { observer: { cluster: "observer" } }, "observer.cluster: write an EKS cluster ARN"],
    ["an unknown mode", { modes: [{ select: {}, mode: "write" }] }, "modes.0.mode: choose observe, register or manage"],
    [
      "a day for a time",
      { newClusters: { mode: "manage", since: "2026-11-21" } },
      "newClusters.since: write a time as 2026-11-21T00:00:00Z",
    ],
    [
      "an address for a range",
      { leaf: { sourceRanges: ["10.0.0.1"] } },
      "leaf.sourceRanges.0: write a CIDR such as 10.0.0.0/16",
    ],
    ["an empty bucket", { buckets: [{ url: "" }] }, "buckets.0.url: write s3://bucket[/prefix] or a directory"],
  ])("refuses %s, and says what to write", (_, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it.each([
    ["at the top", { pause: true }, "pause"],
    ["in a selector", { modes: [{ select: { regions: "eu-west-1" }, mode: "observe" }] }, "modes.0.select.regions"],
    ["of a webhook's URL", { alerts: { slackWebhook: "https://hooks.slack.com/services/T0" } }, "alerts.slackWebhook"],
  ])("refuses a field that it does not know %s, without repeating its value", (_, change, field) => {
    const [problem, ...more] = problemsOf(change);

    expect(problem).toMatch(new RegExp(`^${field}: `));
    expect(problem).not.toContain("hooks.slack.com");
    expect(more).toEqual([]);
  });
});

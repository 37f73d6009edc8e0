import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FleetConfigInput } from "#config/fleet-config";
import { defineFleet } from "#config/installation-config";
import type { Problem } from "#config/schema";
import { describeError, TerminalError } from "#fleet/errors";
import { loadFleetConfig, parseConfig } from "#fleet/load-config";

const NOW = new Date("2026-11-21T10:00:00Z");
const WEBHOOK = "https://hooks.slack.com/services/T0000AAAA/B0000BBBB/verysecret";

const sound = {
  scopes: [{ account: "111122223333", regions: ["eu-west-1"] }],
  zone: "obs.internal.example.com",
  principalArn: "arn:aws:iam::111122223333:role/musterbook-cluster",
  observer: { cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer" },
} as const satisfies FleetConfigInput;

function problemsOf(change: object): readonly Problem[] {
  const parsed = parseConfig({ ...sound, ...change }, NOW);
  return parsed.ok ? [] : parsed.problems;
}

function remedyAt(field: string, change: object): string | undefined {
  return problemsOf(change).find((problem) => problem.field === field)?.remedy;
}

async function fileOf(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "musterbook-config-")), "fleet.config.ts");
  await writeFile(path, text);
  return path;
}

async function failureOf(path: string): Promise<unknown> {
  return loadFleetConfig(path, NOW).catch((error: unknown) => error);
}

describe("parseConfig", () => {
  it("fills in what a careful team gets", () => {
    expect(parseConfig(sound, NOW)).toMatchObject({
      ok: true,
      value: { paused: false, modes: [], observer: { namespace: "monitoring" }, buckets: [] },
    });
  });

  it.each([
    ["zone", { zone: "not a zone" }, "write a DNS name such as obs.internal.example.com"],
    ["zone", { zone: undefined }, "add this field"],
    ["zone", { zone: 5 }, "write a string"],
    ["paused", { paused: "yes" }, "write a boolean"],
    ["observer", { observer: "x" }, "write an object { ... }"],
    ["scopes", { scopes: {} }, "write a list [ ... ]"],
    ["scopes", { scopes: [] }, "name at least one account with its regions"],
    [
      "newClusters.mode",
      { newClusters: { mode: "mange", since: "2026-01-01T00:00:00Z" } },
      "choose observe, register or manage",
    ],
    [
      "buckets.0.settings.deleteDelay",
      { buckets: [{ url: "x", settings: { deleteDelay: "2 days" } }] },
      "write a duration as Prometheus does: 15m, 48h, 30d",
    ],
  ])("says at %s what to write", (field, change, remedy) => {
    expect(remedyAt(field, change)).toBe(remedy);
  });

  it.each([
    ["observr", { observr: {} }, "did you mean observer?"],
    ["Zone", { Zone: "x" }, "did you mean zone?"],
    ["observer.namespce", { observer: { ...sound.observer, namespce: "x" } }, "did you mean namespace?"],
    [
      "buckets.0.settings.retention.1hour",
      { buckets: [{ url: "x", settings: { retention: { "1hour": "0d" } } }] },
      "fields here are raw, 5m, 1h",
    ],
    ["leaf.values.0.selct", { leaf: { values: [{ selct: {}, select: {}, values: {} }] } }, "did you mean select?"],
    ["alerts.slackWebhook", { alerts: { slackWebhook: "x" } }, "did you mean slackWebhookSecret?"],
    [
      "entirelyDifferent",
      { entirelyDifferent: 1 },
      "there is no such field, remove it; fields here are capabilities, scopes,",
    ],
  ])("names the nearest field for %s", (field, change, remedy) => {
    expect(remedyAt(field, change)).toContain(remedy);
  });

  const vpc = {
    ...{ account: "111122223333", region: "eu-west-1", id: "vpc-0abc" },
    ...{ subnets: ["subnet-0a1"], securityGroups: ["sg-0b2"] },
  };
  const scope = (account: string, ...regions: readonly string[]) => ({ account, regions });

  it.each([
    [
      "an account twice",
      "scopes.1.account",
      { scopes: [scope("111122223333", "eu-west-1"), scope("111122223333", "us-east-1")] },
    ],
    ["a region twice", "scopes.0.regions.1", { scopes: [scope("111122223333", "eu-west-1", "eu-west-1")] }],
    [
      "an observer in no region",
      "observer.cluster",
      { observer: { cluster: "arn:aws:eks:mars-1:111122223333:cluster/x" } },
    ],
    ["a beginning far ahead", "newClusters.since", { newClusters: { mode: "manage", since: "2026-11-23T00:00:00Z" } }],
    ["a VPC twice", "reach.vpc.1.id", { reach: { vpc: [vpc, vpc] } }],
    ["a VPC of a region that is not looked at", "reach.vpc.0", { reach: { vpc: [{ ...vpc, region: "us-east-1" }] } }],
    ["a VPC without a subnet", "reach.vpc.0.subnets", { reach: { vpc: [{ ...vpc, subnets: [] }] } }],
    [
      "a VPC without a security group",
      "reach.vpc.0.securityGroups",
      { reach: { vpc: [{ ...vpc, securityGroups: [] }] } },
    ],
    ["a VPC by its name", "reach.vpc.0.id", { reach: { vpc: [{ ...vpc, id: "main" }] } }],
    ["a bucket twice", "buckets.1.url", { buckets: [{ url: "s3://a/" }, { url: "s3://a" }] }],
    [
      "a webhook in place of its secret's name",
      "alerts.slackWebhookSecret",
      { alerts: { slackWebhookSecret: WEBHOOK } },
    ],
  ])("refuses %s", (_, field, change) => {
    expect(problemsOf(change).map((problem) => problem.field)).toEqual([field]);
  });

  it("lets the same bucket name stand at two endpoints, and a beginning within a day", () => {
    const buckets = [{ url: "s3://a", endpoint: "https://one.example.com" }, { url: "s3://a" }];
    const newClusters = { mode: "manage", since: "2026-11-22T09:00:00Z" };
    expect(problemsOf({ buckets, newClusters })).toEqual([]);
  });

  it("tells every problem at once, of shape and across fields", () => {
    const change = {
      zone: "x",
      observr: {},
      scopes: [scope("111122223333", "eu-west-1", "eu-west-1")],
      alerts: { slackWebhookSecret: WEBHOOK },
    };
    expect(problemsOf(change).map(({ field }) => field)).toEqual([
      "zone",
      "observr",
      "scopes.0.regions.1",
      "alerts.slackWebhookSecret",
    ]);
  });

  it.each([
    { alerts: { slackWebhookSecret: WEBHOOK } },
    { alerts: { slackWebhookUrl: WEBHOOK } },
    { webhooks: { a: WEBHOOK } },
    { zone: WEBHOOK },
    {
      buckets: [
        { url: "x", endpoint: `user:verysecret@host` },
        { url: "x", endpoint: "https://u:verysecret@h" },
      ],
    },
  ])("never repeats a secret: %#", (change) => {
    expect(JSON.stringify(problemsOf(change))).not.toContain("verysecret");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.constantFrom(...Object.keys(sound), "leaf", "alerts", "__proto__"),
        (value, key) => {
          expect(parseConfig(value, NOW).ok).toBe(false);
          expect(typeof parseConfig({ ...sound, [key]: value }, NOW).ok).toBe("boolean");
        },
      ),
      { numRuns: 300, seed: 20261121 },
    );
  });
});

describe("a configuration that only audits", () => {
  const least = defineFleet({ capabilities: ["audit"], buckets: [{ url: "s3://metrics-blocks" }] });

  it("is a bucket: nothing is asked about clusters, accounts or roles", () => {
    expect(parseConfig(least, NOW)).toMatchObject({
      ok: true,
      value: { capabilities: ["audit"], buckets: [{ url: "s3://metrics-blocks" }], alerts: { operators: [] } },
    });
  });

  const problems = (input: object) => {
    const parsed = parseConfig(input, NOW);
    return parsed.ok ? [] : parsed.problems.map(({ field, remedy }) => `${field}: ${remedy}`);
  };

  it.each([
    ["no bucket", { ...least, buckets: [] }, ["buckets: name at least one bucket"]],
    ["no field of buckets", { capabilities: ["audit"] }, ["buckets: add this field"]],
    ["a mistyped field", { ...least, alert: {} }, ["alert: there is no such field; did you mean alerts?"]],
    [
      "a bucket twice",
      { ...least, buckets: [{ url: "s3://a" }, { url: "s3://a/" }] },
      ["buckets.1.url: this bucket stands in buckets.0 already: remove one, or its alerts would overwrite each other"],
    ],
    [
      "what only a fleet has, each of it",
      { ...least, zone: "obs.internal.example.com", paused: true },
      ["zone", "paused"].map(
        (field) => `${field}: this belongs to a fleet of clusters: remove it, or add "onboarding" to capabilities`,
      ),
    ],
  ])("refuses %s", (_, input, expected) => {
    expect(problems(input)).toEqual(expected);
  });

  it.each([[["audit", "audits"]], [["audit", "audit"]], [["onboarding", "onboarding"]], [[]], ["audit"]])(
    "is not what capabilities %j say",
    (capabilities) => {
      expect(problems({ ...sound, capabilities })).toEqual([
        'capabilities: write ["audit"], ["onboarding"] or ["audit", "onboarding"]',
      ]);
    },
  );

  it("is refused where a fleet is needed", async () => {
    const path = await fileOf(`export default ${JSON.stringify(least)};`);
    expect(await failureOf(path)).toMatchObject({
      reason: "no-fleet",
      field: "capabilities",
      remedy: expect.stringContaining("onboarding"),
    });
  });
});

describe("loadFleetConfig", () => {
  it("reads the example at the root, which only observes", async () => {
    const config = await loadFleetConfig("fleet.config.ts", NOW);
    expect(config).toMatchObject({ newClusters: { mode: "observe" }, modes: [], paused: false });
  });

  it("gives one error with all problems and a line for each", async () => {
    const broken: FleetConfigInput & { readonly zoen: string } = { ...sound, zone: "x", zoen: "y" };
    const path = await fileOf(`export default ${JSON.stringify(broken)};`);
    const error = await failureOf(path);
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ reason: "config-invalid", value: [{ field: "zone" }, { field: "zoen" }] });
    expect(describeError(error).split("\n")).toEqual([
      `${path} has 2 problems:`,
      'zone is "x": write a DNS name such as obs.internal.example.com',
      'zoen is "y": there is no such field; did you mean zone?',
    ]);
  });

  it("speaks of one problem as one", async () => {
    const path = await fileOf(`export default ${JSON.stringify({ ...sound, zone: 1 })};`);
    expect(describeError(await failureOf(path))).toContain("has 1 problem:\nzone is 1: write a string");
  });

  it("says when there is no default export", async () => {
    expect(await failureOf(await fileOf("export const x = 1;"))).toMatchObject({
      reason: "config-unreadable",
      field: "default",
    });
  });

  it.each([
    ["cannot be imported", async () => fileOf("export default {{")],
    ["throws", async () => fileOf('throw new Error("no");')],
    ["does not exist", async () => "no-such.config.ts"],
  ])("says when the file %s", async (_, path) => {
    const error = await failureOf(await path());
    expect(error).toMatchObject({ name: "TerminalError", reason: "config-unreadable", field: "config" });
    expect(error instanceof Error && error.cause).toBeInstanceOf(Error);
  });
});

import * as v from "valibot";
import { describe, expect, it, vi } from "vitest";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { memberTemplate } from "#members/template";
import { ofType } from "#sst-graph/query";
import { allowedBy, arnsOf, FLEET, graphFor, TYPES } from "#test/stacks/graph";

vi.setConfig({ testTimeout: 600_000 });

describe("an installation that only audits", () => {
  it("has its own functions and rights: a bucket is read, a topic published to, no cluster touched", async () => {
    const graph = await graphFor({ capabilities: ["audit"], buckets: [{ url: "s3://example-blocks" }] });

    const roles = ofType(graph, TYPES.role);
    const actions = new Set(roles.flatMap(allowedBy).flatMap(({ Action }) => Action));
    const queues = ofType(graph, TYPES.queue).map(({ id }) => id.split("/musterbook-prod-").at(-1));
    expect(graph.errors).toEqual([]);
    expect(graph.builds.map(({ handler }) => handler).sort()).toEqual([
      "functions/entry/audit-bucket.handler",
      "functions/entry/index-block.handler",
      "functions/entry/publish-alerts.handler",
    ]);
    expect([...actions].filter((action) => /^(?:eks|sts|route53|secretsmanager):/.test(action))).toEqual([]);
    expect(queues.sort()).toEqual(["block-events", "block-events-dlq", "schedules-dlq", "undelivered-dlq"]);
    expect(ofType(graph, TYPES.rule)).toHaveLength(2);
    expect(ofType(graph, "aws:lambda/layerVersion:LayerVersion")).toEqual([]);
    expect(graph.providerCalls.map(({ token }) => token)).not.toContain("aws:route53/getZone:getZone");
  });
});

describe("an installation whose buckets lie elsewhere", () => {
  it("forwards their events from their region, and leaves the buckets' own notifications alone", async () => {
    const buckets = [{ url: "s3://far/blocks", region: "us-east-1" }];
    const answers = { "aws:s3/getBucket:getBucket": { bucketRegion: "us-east-1" } };
    const graph = await graphFor({ ...FLEET, buckets }, { answers });

    const [target] = ofType(graph, TYPES.target).filter(({ region }) => region === "us-east-1");
    expect(target?.inputs.arn).toBe("arn:aws:events:eu-west-1:111122223333:event-bus/musterbook-prod-hub");
    expect(graph.resources.filter(({ type }) => type.startsWith("aws:s3/bucketNotification"))).toEqual([]);
  });
});

describe("an installation in another partition", () => {
  it.each([
    ["cn-north-1", "aws-cn"],
    ["us-gov-west-1", "aws-us-gov"],
  ])("%s names everything in %s", async (region, partition) => {
    const of = (arn: string) => arn.replace("arn:aws:", `arn:${partition}:`).replace("eu-west-1", region);
    const fleet = {
      ...FLEET,
      scopes: [{ account: "111122223333", regions: [region] }],
      principalArn: of(FLEET.principalArn),
      observer: { cluster: of(FLEET.observer.cluster) },
    };
    const graph = await graphFor(fleet, {
      region,
      answers: { "aws:s3/getBucket:getBucket": { bucketRegion: region } },
    });

    expect(graph.errors).toEqual([]);
    expect(JSON.stringify(graph.resources)).not.toContain("arn:aws:");
  });
});

describe("an installation with members", () => {
  it("takes their events on the hub's bus, and may be their role of the configured mode only", async () => {
    const scopes = [...FLEET.scopes, { account: "444455556666", regions: ["eu-west-1"] }];
    const graph = await graphFor({ ...FLEET, scopes, members: { externalId: "fleet-1", mode: "manage" } });

    const assumed = ofType(graph, TYPES.role)
      .flatMap(allowedBy)
      .filter(({ Action }) => Action.includes("sts:AssumeRole"))
      .flatMap(({ Resource }) => Resource ?? []);
    const [policy] = ofType(graph, "aws:cloudwatch/eventBusPolicy:EventBusPolicy");
    expect(new Set(assumed)).toEqual(
      new Set([
        "arn:aws:iam::444455556666:role/musterbook-observe",
        "arn:aws:iam::444455556666:role/musterbook-manage",
        "arn:aws:iam::111122223333:role/musterbook-cluster",
      ]),
    );
    expect(policy?.inputs.policy).toContain("444455556666");
  });
});

describe("a deploy", () => {
  const stops: readonly (readonly [string, Partial<FleetConfigInput>, Record<string, { error: string }>, string])[] = [
    ["a field that is wrong", { zone: "not a zone" }, {}, "zone"],
    [
      "a zone that is not private",
      {},
      { "aws:route53/getZone:getZone": { error: "no matching zone" } },
      "private hosted zone",
    ],
    [
      "a secret that is missing",
      { alerts: { slackWebhookSecret: "musterbook/slack" } },
      { "aws:secretsmanager/getSecret:getSecret": { error: "not found" } },
      "create-secret --name musterbook/slack",
    ],
    [
      "a bucket in another region than said",
      { buckets: [{ url: "s3://far", region: "us-east-1" }] },
      {},
      `buckets: "far": it is in eu-west-1 and not in us-east-1`,
    ],
    [
      "a bucket that is missing",
      {},
      { "aws:s3/getBucket:getBucket": { error: "NotFound" } },
      `buckets: "example-blocks"`,
    ],
  ];

  it.each(stops)("stops before %s, with what to do, and has made nothing", async (_what, fleet, answers, words) => {
    const graph = await graphFor({ ...FLEET, ...fleet }, { answers });

    expect(graph.errors.map(({ message }) => message).join("\n")).toContain(words);
    expect(graph.resources.filter(({ kind }) => kind === "custom")).toEqual([]);
  });
});

describe("what members trust", () => {
  it("is what the hub makes: its bus, and the roles of its functions", async () => {
    const config = v.parse(FleetConfig, { ...FLEET, members: { externalId: "fleet-1", mode: "manage" } });
    const hub = { account: "111122223333", region: "eu-west-1", partition: "aws", stage: "prod" };
    const template = JSON.stringify(memberTemplate({ hub, config, home: "eu-west-1" }));
    const graph = await graphFor(FLEET);

    const made = arnsOf(graph);
    const named = template.match(/arn:aws:(?:events|iam):[^"]*musterbook-prod[^"]*/g) ?? [];
    expect(new Set(named).size).toBe(5);
    for (const arn of named) expect(made).toContain(arn);
  });
});

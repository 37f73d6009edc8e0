import * as v from "valibot";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { FleetConfig, type FleetConfigInput } from "#config/fleet-config";
import { memberTemplate } from "#members/template";
import type { Graph } from "#sst-graph/graph";
import { find, ofType } from "#sst-graph/query";
import { allowedBy, arnsOf, FLEET, functionWithRole, graphFor, TYPES } from "#test/stacks/graph";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

describe("an installation that only audits", () => {
  it("has its own functions and rights: a bucket is read, a topic published to, no cluster touched", async () => {
    const graph = await graphFor({ capabilities: ["audit"], buckets: [{ url: "s3://example-blocks" }] });

    const roles = ofType(graph, TYPES.role);
    const actions = new Set(roles.flatMap(allowedBy).flatMap(({ Action }) => Action));
    const queues = ofType(graph, TYPES.queue).map(({ id }) => id.split("/musterbook-prod-").at(-1));
    expect(graph.errors).toEqual([]);
    expect(graph.builds.map(({ handler }) => handler).sort()).toEqual([
      "functions/entry/audit-bucket.handler",
      "functions/entry/enqueue-audits.handler",
      "functions/entry/enqueue-listings.handler",
      "functions/entry/index-block.handler",
      "functions/entry/list-bucket.handler",
      "functions/entry/publish-alerts.handler",
    ]);
    expect([...actions].filter((action) => /^(?:eks|sts|route53|secretsmanager):/.test(action))).toEqual([]);
    expect(queues.sort()).toEqual([
      ...["audits-dlq.fifo", "audits.fifo", "block-events", "block-events-dlq", "listings-dlq.fifo", "listings.fifo"],
      ...["schedules-dlq", "undelivered-dlq"],
    ]);
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

describe("an installation that reaches private clusters", () => {
  const place = { account: "111122223333", region: "eu-west-1", subnets: ["subnet-01", "subnet-02"] };
  const vpc = [
    { ...place, id: "vpc-0abc", securityGroups: ["sg-01"] },
    { ...place, id: "vpc-0def", securityGroups: ["sg-02"] },
  ];
  const fleet = { ...FLEET, reach: { vpc }, members: { externalId: "fleet-1", mode: "manage" as const } };
  const NAMES = ["reconcile-cluster", "reconcile-cluster-vpc-0abc", "reconcile-cluster-vpc-0def"];
  let graph: Graph;
  beforeAll(async () => {
    graph = await graphFor(fleet);
  });

  const rightsOf = (name: string) => allowedBy(functionWithRole(graph, name).role);
  const queueArn = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:musterbook-prod-${name}`;

  it("has a reconciler in each VPC, of the same code, with a queue and a dead-letter queue of its own", () => {
    expect(graph.errors).toEqual([]);
    const sources = NAMES.map((name) => {
      const { fn } = functionWithRole(graph, name);
      const mapping = ofType(graph, TYPES.mapping).find(({ inputs }) => inputs.functionName === fn.id);
      const queue = ofType(graph, TYPES.queue).find(({ state }) => state.arn === mapping?.inputs.eventSourceArn);
      expect(queue?.inputs).toMatchObject({ fifoQueue: true, visibilityTimeoutSeconds: 960 });
      const { deadLetterTargetArn } = JSON.parse(String(queue?.inputs.redrivePolicy));
      return [queue?.state.arn, deadLetterTargetArn];
    });

    expect(graph.builds.filter(({ handler }) => handler === "functions/entry/reconcile-cluster.handler")).toHaveLength(
      3,
    );
    expect(sources).toEqual([
      [queueArn("clusters.fifo"), queueArn("clusters-dlq.fifo")],
      [queueArn("clusters-vpc-0abc.fifo"), queueArn("clusters-vpc-0abc-dlq.fifo")],
      [queueArn("clusters-vpc-0def.fifo"), queueArn("clusters-vpc-0def-dlq.fifo")],
    ]);
  });

  it("puts each into its subnets and security groups, and none other into a VPC", () => {
    const attached = ofType(graph, TYPES.function).flatMap(({ id, inputs }) =>
      inputs.vpcConfig === undefined ? [] : [[id, inputs.vpcConfig]],
    );

    // They are registered in no fixed order.
    expect(Object.fromEntries(attached)).toEqual({
      "musterbook-prod-reconcile-cluster-vpc-0abc": { securityGroupIds: ["sg-01"], subnetIds: place.subnets },
      "musterbook-prod-reconcile-cluster-vpc-0def": { securityGroupIds: ["sg-02"], subnetIds: place.subnets },
    });
  });

  it("tells each which VPC it is in", () => {
    const told = NAMES.map((name) => {
      const { variables } = functionWithRole(graph, name).fn.inputs.environment as {
        variables: { MUSTERBOOK_INSTALLATION: string };
      };
      return JSON.parse(variables.MUSTERBOOK_INSTALLATION).vpc;
    });

    expect(told).toEqual([undefined, "vpc-0abc", "vpc-0def"]);
  });

  it("gives Lambda the network rights that it needs, and keeps them from the functions' own code", () => {
    const isNetwork = ({ Action }: { readonly Action: readonly string[] }) => Action.some((one) => /^ec2:/.test(one));
    const statements = rightsOf("reconcile-cluster-vpc-0abc").filter(isNetwork);
    const actions = (effect: string) =>
      statements.filter(({ Effect }) => Effect === effect).flatMap(({ Action }) => Action);

    expect(rightsOf("reconcile-cluster").filter(isNetwork)).toEqual([]);
    expect(actions("Allow").toSorted()).toEqual([
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:DescribeNetworkInterfaces",
      "ec2:DescribeSubnets",
      "ec2:UnassignPrivateIpAddresses",
    ]);
    expect(actions("Deny").toSorted()).toEqual(actions("Allow").toSorted());
    for (const { Effect, Condition } of statements) {
      const own = "arn:aws:lambda:eu-west-1:111122223333:function:musterbook-prod-reconcile-cluster-vpc-0abc";
      if (Effect === "Deny") expect(Condition?.ArnEquals).toEqual({ "lambda:SourceFunctionArn": [own] });
    }
  });

  it("lets each poll its own queue, and who asks for looks send to all", () => {
    const on = (name: string, action: string) =>
      rightsOf(name)
        .filter(({ Action }) => Action.includes(action))
        .flatMap(({ Resource }) => Resource ?? []);

    for (const name of NAMES.slice(1)) {
      const queue = `clusters-${name.replace("reconcile-cluster-", "")}`;
      expect(on(name, "sqs:ReceiveMessage")).toEqual([queueArn(`${queue}.fifo`)]);
      expect(on(name, "sqs:SendMessage")).toEqual([queueArn(`${queue}-dlq.fifo`)]);
    }
    const all = ["clusters.fifo", "clusters-vpc-0abc.fifo", "clusters-vpc-0def.fifo"].map(queueArn);
    for (const name of ["route-cluster-event", "enqueue-due", "sweep-fleet"])
      expect(on(name, "sqs:SendMessage")).toEqual(expect.arrayContaining(all));
  });

  it("watches each: its dead letters, its errors and its throttles", () => {
    const watched = ofType(graph, TYPES.alarm).map(({ inputs }) =>
      JSON.stringify([inputs.metricName, inputs.dimensions]),
    );

    for (const vpc of ["vpc-0abc", "vpc-0def"]) {
      const QueueName = `musterbook-prod-clusters-${vpc}-dlq.fifo`;
      const FunctionName = `musterbook-prod-reconcile-cluster-${vpc}`;
      expect(watched).toContain(JSON.stringify(["ApproximateNumberOfMessagesVisible", { QueueName }]));
      expect(watched).toContain(JSON.stringify(["ApproximateAgeOfOldestMessage", { QueueName }]));
      for (const metric of ["Errors", "Throttles"])
        expect(watched).toContain(JSON.stringify([metric, { FunctionName }]));
    }
  });

  it("is trusted, each reconciler by name, by the cluster role and by the members", () => {
    const trust = String(find(graph, TYPES.role, "ClusterRole").inputs.assumeRolePolicy);
    const hub = { account: "111122223333", region: "eu-west-1", partition: "aws", stage: "prod" };
    const config = v.parse(FleetConfig, fleet);
    const template = JSON.stringify(memberTemplate({ hub, config, home: "eu-west-1" }).Resources);

    for (const name of NAMES) {
      const { arn } = functionWithRole(graph, name).role.state;
      expect(trust).toContain(`"${arn}"`);
      expect(template.split(`"${arn}"`)).toHaveLength(4);
    }
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
  const place = { account: "111122223333", region: "eu-west-1", subnets: ["subnet-01"], securityGroups: ["sg-01"] };
  const reach = { vpc: [{ ...place, id: "vpc-0abc" }] };
  const stops: readonly (readonly [
    string,
    Partial<FleetConfigInput>,
    Record<string, Readonly<Record<string, string>>>,
    string,
  ])[] = [
    [
      "a field that is wrong",
      { zone: "not a zone" },
      {},
      'zone is "not a zone": write a DNS name such as obs.internal.example.com',
    ],
    [
      "a zone that is not private",
      {},
      { "aws:route53/getZone:getZone": { error: "no matching zone" } },
      'zone is "obs.internal.example.com": there is no private hosted zone obs.internal.example.com: make it,',
    ],
    [
      "a secret that is missing",
      { alerts: { slackWebhookSecret: "musterbook/slack" } },
      { "aws:secretsmanager/getSecret:getSecret": { error: "not found" } },
      'alerts.slackWebhookSecret is "musterbook/slack": there is no such secret: aws secretsmanager create-secret --name musterbook/slack',
    ],
    [
      "a bucket in another region than said",
      { buckets: [{ url: "s3://near" }, { url: "s3://far", region: "us-east-1" }] },
      {},
      'buckets.1.region is "us-east-1": the bucket far is in eu-west-1 and not in us-east-1: write region: "eu-west-1"',
    ],
    [
      "a bucket in another region than the hub's, of which nothing is said",
      { buckets: [{ url: "s3://far" }] },
      { "aws:s3/getBucket:getBucket": { bucketRegion: "us-east-1" } },
      'buckets.0.region is missing: the bucket far is in us-east-1 and not in eu-west-1: write region: "us-east-1"',
    ],
    [
      "a bucket that is missing",
      {},
      { "aws:s3/getBucket:getBucket": { error: "NotFound" } },
      'buckets.0.url is "s3://example-blocks": the bucket example-blocks is not there, or you may not see it',
    ],
    [
      "a subnet that is not in the hub's region",
      { reach },
      { "aws:ec2/getSubnet:getSubnet": { error: "InvalidSubnetID.NotFound" } },
      'reach.vpc.0.subnets.0 is "subnet-01": there is no such subnet in eu-west-1',
    ],
    [
      "a security group of another VPC",
      { reach },
      { "aws:ec2/getSecurityGroup:getSecurityGroup": { vpcId: "vpc-other" } },
      'reach.vpc.0.subnets is "subnet-01": these and the security groups are of vpc-0abc and vpc-other',
    ],
    [
      "a security group that is missing",
      { reach },
      { "aws:ec2/getSecurityGroup:getSecurityGroup": { error: "InvalidGroup.NotFound" } },
      'reach.vpc.0.securityGroups.0 is "sg-01": there is no such security group',
    ],
  ];

  /** All but the program itself, which Pulumi registers before it begins. */
  const made = ({ resources }: Graph) => resources.filter(({ type }) => type !== "pulumi:pulumi:Stack");

  it.each(stops)(
    "stops before %s, with field, value and remedy, and has made nothing",
    async (...[, fleet, answers, words]) => {
      const graph = await graphFor({ ...FLEET, ...fleet }, { answers });

      expect(graph.errors.map(({ message }) => message).join("\n")).toContain(words);
      expect(made(graph)).toEqual([]);
    },
  );

  it("tells everything that is missing at once", async () => {
    const answers = {
      "aws:route53/getZone:getZone": { error: "no matching zone" },
      "aws:s3/getBucket:getBucket": { error: "NotFound" },
    };
    const graph = await graphFor(FLEET, { answers });

    const [error] = graph.errors.filter(({ message }) => message.includes("cannot be deployed"));
    expect(error?.message.split("\n").map((line) => line.split(" is ")[0])).toEqual([
      expect.stringContaining("fleet.config.ts cannot be deployed:"),
      "zone",
      "buckets.0.url",
    ]);
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

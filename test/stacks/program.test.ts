import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { FLEET_TABLE } from "#aws/fleet-table";
import { adminPolicyOf } from "#onboard/ownership";
import type { Graph, Resource } from "#sst-graph/graph";
import { find, ofType } from "#sst-graph/query";
import { WITHOUT_RESOURCE } from "#stacks/permissions";
import { functions, queues, rules } from "#stacks/wiring";
import { allowedBy, arnsOf, functionWithRole, graphOf, statementsOf, TYPES } from "#test/stacks/graph";

// The first evaluation may have to install the platform.
const PATIENCE_MS = 600_000;

let prod: Graph;
let dev: Graph;

beforeAll(async () => {
  prod = await graphOf("prod");
  dev = await graphOf("someone");
}, PATIENCE_MS);

const names = (graph: Graph) => graph.resources.map(({ urn, id }) => `${urn} ${id}`).sort();

describe("the program", () => {
  it("evaluates without an error", () => {
    expect([prod.errors, dev.errors]).toEqual([[], []]);
  });

  it(
    "names everything alike in two runs",
    async () => {
      expect(names(await graphOf("prod"))).toEqual(names(prod));
    },
    PATIENCE_MS,
  );

  it(
    "evaluates as sst dev does, with every function made known to it",
    async () => {
      const graph = await graphOf("someone", { command: "dev" });

      const targets = graph.cliCalls.filter(({ method }) => method === "Runtime.AddTarget");
      expect(graph.errors).toEqual([]);
      expect(targets).toHaveLength(Object.keys(functions).length);
    },
    PATIENCE_MS,
  );

  it("keeps the table and our bucket in production, protected, and nothing elsewhere", () => {
    const kept = (graph: Graph) =>
      graph.resources
        .filter(({ type }) => type === TYPES.table || type === TYPES.bucket)
        .map((one) => one.retainOnDelete);

    expect(kept(prod)).toEqual([true, true]);
    expect(kept(dev)).toEqual([false, false]);
    expect([prod.app.protect, dev.app.protect]).toEqual([true, false]);
    expect(find(prod, TYPES.table, "FleetTable").inputs.deletionProtectionEnabled).toBe(true);
    expect(find(dev, TYPES.bucket, "StateBucket").inputs.forceDestroy).toBe(true);
  });

  it("tags everything", () => {
    expect(prod.app.providers.aws).toEqual({ defaultTags: { tags: { app: "musterbook", stage: "prod" } } });
  });
});

/** How many invocations a queue's poller begins at once; null for as many as Lambda likes. */
function roomOf(mapping: Resource | undefined): unknown {
  const scaling = mapping?.inputs.scalingConfig as { readonly maximumConcurrency: number } | undefined;
  return scaling?.maximumConcurrency ?? null;
}

/** Where a mapping sends what it gives up. */
function failuresOf(mapping: Resource): unknown {
  const { onFailure } = mapping.inputs.destinationConfig as { readonly onFailure: { readonly destinationArn: string } };
  return onFailure.destinationArn;
}

describe("the table", () => {
  it("is the one that the adapters expect", () => {
    const { inputs } = find(prod, TYPES.table, "FleetTable");
    const { partitionKey, sortKey, indexes, ttl, stream } = FLEET_TABLE;

    expect(inputs).toMatchObject({ hashKey: partitionKey, rangeKey: sortKey, streamViewType: stream });
    expect(inputs.ttl).toEqual({ attributeName: ttl, enabled: true });
    expect(inputs.localSecondaryIndexes).toEqual(
      Object.entries(indexes).map(([name, rangeKey]) => ({ name, rangeKey, projectionType: "ALL" })),
    );
    expect(inputs.globalSecondaryIndexes).toEqual([]);
  });
});

describe("our bucket", () => {
  it("keeps old indexes and reports for a day, and no report of a bucket that is audited no more", () => {
    const { inputs } = find(prod, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "StateVersions");
    const enabled = { status: "Enabled" };

    expect(inputs.rules).toMatchObject([
      { ...enabled, filter: { prefix: "indexes/" }, noncurrentVersionExpiration: { noncurrentDays: 1 } },
      {
        ...{ ...enabled, filter: { prefix: "reports/" }, noncurrentVersionExpiration: { noncurrentDays: 1 } },
        expiration: { days: 30 },
      },
      { ...enabled, filter: {}, noncurrentVersionExpiration: { noncurrentDays: 30 } },
    ]);
    // What expires is reports and nothing else.
    expect((inputs.rules as readonly object[]).filter((rule) => "expiration" in rule)).toHaveLength(1);
  });
});

describe("queues", () => {
  it.each(Object.entries(queues))("%s waits, retries and gives up as the wiring says", (name, wiring) => {
    const queue = ofType(prod, TYPES.queue).find(({ id }) => id.endsWith(`/musterbook-prod-${name}`));
    const dead = ofType(prod, TYPES.queue).find(({ id }) => id.endsWith(`/musterbook-prod-${wiring.deadLetterQueue}`));

    expect(queue?.inputs).toMatchObject({
      fifoQueue: wiring.fifo,
      visibilityTimeoutSeconds: wiring.visibilitySeconds,
      sqsManagedSseEnabled: true,
    });
    expect(JSON.parse(String(queue?.inputs.redrivePolicy))).toEqual({
      deadLetterTargetArn: dead?.state.arn,
      maxReceiveCount: wiring.maxReceiveCount,
    });
    expect(dead?.inputs.messageRetentionSeconds).toBe(14 * 86_400);
  });

  it("are visible again only after their consumer's time-out", () => {
    for (const mapping of ofType(prod, TYPES.mapping)) {
      const queue = ofType(prod, TYPES.queue).find(({ state }) => state.arn === mapping.inputs.eventSourceArn);
      const fn = ofType(prod, TYPES.function).find(({ id }) => id === mapping.inputs.functionName);
      if (queue === undefined) continue;
      expect(Number(queue.inputs.visibilityTimeoutSeconds)).toBeGreaterThanOrEqual(Number(fn?.inputs.timeout));
    }
  });

  it("take messages from named sources of this account only", () => {
    const statements = ofType(prod, TYPES.queuePolicy).flatMap(({ inputs }) => statementsOf(inputs.policy));

    expect(statements.length).toBeGreaterThan(0);
    for (const { Action, Condition } of statements) {
      const sources = Condition?.ArnLike?.["aws:SourceArn"] ?? [];
      expect(Action).toEqual(["sqs:SendMessage"]);
      expect(sources.length).toBeGreaterThan(0);
      for (const source of sources)
        expect(source).toMatch(/^arn:aws:(?:events|sns):[a-z0-9-]+:111122223333:(?:rule\/)?musterbook-prod-/);
    }
  });

  it("have one policy each: a second would replace the first", () => {
    const urls = ofType(prod, TYPES.queuePolicy).map(({ inputs }) => inputs.queueUrl);
    expect(new Set(urls).size).toBe(urls.length);
  });
});

describe("events", () => {
  it("of clusters are taken from the default bus by the pattern of the wiring", () => {
    const rule = find(prod, TYPES.rule, "ClusterEventsHereRule");

    expect(rule.inputs.eventBusName).toBe("default");
    expect(JSON.parse(String(rule.inputs.eventPattern))).toEqual(rules[0].pattern);
  });

  it("of blocks are taken from the audited buckets only", () => {
    const rule = find(prod, TYPES.rule, "BlockEventsHereRule");
    expect(JSON.parse(String(rule.inputs.eventPattern)).detail.bucket).toEqual({ name: ["example-metrics-blocks"] });
  });

  it("reach something that is made, and are dead-lettered else", () => {
    const known = arnsOf(prod);
    for (const { inputs } of ofType(prod, TYPES.target)) {
      expect(known).toContain(inputs.arn);
      expect(known).toContain((inputs.deadLetterConfig as { arn: string }).arn);
    }
    for (const { inputs } of ofType(prod, TYPES.subscription)) {
      expect(known).toContain(inputs.topic);
      if (inputs.protocol !== "sqs") continue;
      expect(known).toContain(inputs.endpoint);
      expect(JSON.parse(String(inputs.redrivePolicy)).deadLetterTargetArn).toMatch(/undelivered-dlq$/);
      expect(inputs.rawMessageDelivery).toBe(true);
    }
  });

  it("of other regions of the account are sent on to the hub's bus in one hop", () => {
    const forwards = ofType(prod, TYPES.target).filter(({ region }) => region === "eu-central-1");
    const [bus] = ofType(prod, "aws:cloudwatch/eventBus:EventBus");

    expect(forwards.map(({ inputs }) => inputs.arn)).toEqual([bus?.state.arn]);
    expect(ofType(prod, TYPES.rule).filter(({ region }) => region === "eu-central-1")).toHaveLength(1);
  });
});

describe("functions", () => {
  it.each(Object.entries(functions))(
    "%s is made, driven as the wiring says, and dead-lettered",
    (name, { source, timeoutSeconds }) => {
      const { fn } = functionWithRole(prod, name);
      const known = arnsOf(prod);

      expect(fn.inputs).toMatchObject({
        runtime: "nodejs24.x",
        timeout: timeoutSeconds,
        architectures: [name === "reconcile-cluster" ? "x86_64" : "arm64"],
        loggingConfig: { logFormat: "JSON" },
      });
      if (source.kind === "schedule") {
        const schedule = ofType(prod, TYPES.schedule).find(({ inputs }) => inputs.name === fn.id);
        const target = schedule?.inputs.target as Record<string, unknown>;
        expect(schedule?.inputs.scheduleExpression).toBe(source.rate);
        expect(target.arn).toBe(fn.state.arn);
        expect(target.retryPolicy).toMatchObject({ maximumRetryAttempts: source.retries });
        expect(target.deadLetterConfig).toEqual({
          arn: expect.stringMatching(new RegExp(`${source.deadLetterQueue}$`)),
        });
        const asynchronous = ofType(prod, TYPES.async).find(({ inputs }) => inputs.functionName === fn.id);
        expect(asynchronous?.inputs.destinationConfig).toEqual({
          onFailure: { destination: (target.deadLetterConfig as { arn: string }).arn },
        });
        return;
      }
      const mapping = ofType(prod, TYPES.mapping).find(({ inputs }) => inputs.functionName === fn.id);
      expect(known).toContain(mapping?.inputs.eventSourceArn);
      expect(mapping?.inputs.batchSize).toBe(source.batchSize);
      if (source.kind === "queue") {
        expect(mapping?.inputs.maximumBatchingWindowInSeconds).toBe(
          "windowSeconds" in source ? source.windowSeconds : undefined,
        );
      }
      if (source.kind === "queue") expect(roomOf(mapping)).toBe(fn.inputs.reservedConcurrentExecutions ?? null);
      if (source.kind === "queue") expect(mapping?.inputs.functionResponseTypes).toEqual(["ReportBatchItemFailures"]);
      if (mapping !== undefined && source.kind === "stream") expect(known).toContain(failuresOf(mapping));
    },
  );

  it("are built from a file of their own", () => {
    expect(prod.builds.map(({ handler }) => handler).sort()).toEqual(
      Object.keys(functions)
        .map((name) => `functions/entry/${name}.handler`)
        .sort(),
    );
  });

  it("keep their logs for a while and not for ever", () => {
    const kept = ofType(prod, "aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs.retentionInDays);
    expect(kept).toEqual(Object.keys(functions).map(() => 30));
  });

  it("find no secret in their environment", () => {
    const { fn } = functionWithRole(prod, "notify-slack");
    const { variables } = fn.inputs.environment as { variables: Record<string, string> };

    expect(Object.keys(variables).sort()).toEqual([
      "MUSTERBOOK_INSTALLATION",
      "SST_KEY",
      "SST_KEY_FILE",
      "SST_RESOURCE_App",
    ]);
    expect(Buffer.byteLength(JSON.stringify(variables))).toBeLessThan(4096);
  });
});

describe("rights", () => {
  it("are given to no account as a whole", () => {
    const trusts = ofType(prod, TYPES.role).flatMap(({ inputs }) => statementsOf(inputs.assumeRolePolicy));
    expect(JSON.stringify(trusts)).not.toMatch(/:root"/);
  });

  it("are lent to services only for this account, where the service tells which it is", () => {
    for (const { inputs } of ofType(prod, TYPES.role)) {
      for (const { Principal, Condition } of statementsOf(inputs.assumeRolePolicy)) {
        if (!/"(?:events|scheduler)\./.test(JSON.stringify(Principal))) continue;
        expect(Condition?.StringEquals?.["aws:SourceAccount"]).toEqual(["111122223333"]);
        expect(Condition?.ArnEquals?.["aws:SourceArn"]).toHaveLength(1);
      }
    }
  });

  it("of schedules are lent for their group: the scheduler names no single schedule", () => {
    const [group] = ofType(prod, "aws:scheduler/scheduleGroup:ScheduleGroup");
    const trusts = ofType(prod, TYPES.role)
      .flatMap(({ inputs }) => statementsOf(inputs.assumeRolePolicy))
      .filter(({ Principal }) => JSON.stringify(Principal).includes("scheduler."));

    expect(trusts).toHaveLength(ofType(prod, TYPES.schedule).length);
    for (const { Condition } of trusts) expect(Condition?.ArnEquals).toEqual({ "aws:SourceArn": [group?.state.arn] });
    for (const { inputs } of ofType(prod, TYPES.schedule)) expect(inputs.groupName).toBe(group?.id);
  });

  it("name their actions, and their resources but where IAM has none", () => {
    for (const role of ofType(prod, TYPES.role)) {
      expect(role.inputs.managedPolicyArns ?? []).toEqual([]);
      for (const { Action, Resource } of allowedBy(role)) {
        expect(Action.filter((action) => action.includes("*"))).toEqual([]);
        if (Resource?.includes("*")) expect(WITHOUT_RESOURCE).toEqual(expect.arrayContaining([...Action]));
      }
    }
  });

  it("of the judge are to write reports, and to read the indexes that it judges by", () => {
    const { state } = find(prod, TYPES.bucket, "StateBucket");
    const onObjects = (action: string) =>
      allowedBy(functionWithRole(prod, "audit-bucket").role)
        .filter(({ Action }) => Action.includes(action))
        .flatMap(({ Resource = [] }) => Resource);

    expect(onObjects("s3:PutObject")).toEqual([`${state.arn}/reports/*`]);
    expect(onObjects("s3:GetObject")).toEqual([`${state.arn}/indexes/*`, `${state.arn}/reports/*`]);
    for (const name of Object.keys(functions).filter((other) => other !== "audit-bucket")) {
      const resources = allowedBy(functionWithRole(prod, name).role).flatMap(({ Resource = [] }) => Resource);
      expect(resources).not.toContain(`${state.arn}/reports/*`);
    }
  });

  it("inside of clusters can be given to our own role only", () => {
    const { role } = functionWithRole(prod, "reconcile-cluster");
    const giving = allowedBy(role).filter(({ Action }) =>
      Action.some((action) => /AccessEntry|AccessPolicy$/.test(action)),
    );

    expect(giving.flatMap(({ Action }) => Action)).toEqual(["eks:CreateAccessEntry", "eks:AssociateAccessPolicy"]);
    const ours = ["arn:aws:iam::111122223333:role/musterbook-cluster"];
    const policy = [adminPolicyOf({ partition: "aws" })];
    expect(giving.map(({ Condition }) => Condition?.ArnEquals)).toEqual([
      { "eks:principalArn": ours },
      { "eks:principalArn": ours, "eks:policyArn": policy },
    ]);
  });

  it("of the cluster role end at AWS's door: it has none, and three functions may be it", () => {
    const role = find(prod, TYPES.role, "ClusterRole");
    const [trust] = statementsOf(role.inputs.assumeRolePolicy);
    const arn = (name: string) => functionWithRole(prod, name).role.state.arn;

    expect(allowedBy(role)).toEqual([]);
    expect(trust?.Principal).toEqual({
      AWS: [arn("reconcile-cluster"), arn("publish-store-list"), arn("check-store-list")],
    });
  });
});

describe("alarms", () => {
  const watched = () =>
    new Set(
      ofType(prod, TYPES.alarm).map(({ region, inputs }) =>
        JSON.stringify([region, inputs.metricName, inputs.dimensions]),
      ),
    );

  it("watch every dead-letter queue, where it is", () => {
    const dead = ofType(prod, TYPES.queue).filter(({ id }) => /-dlq(?:\.fifo)?$/.test(id));

    expect(new Set(dead.map(({ region }) => region))).toEqual(new Set(["eu-west-1", "eu-central-1"]));
    for (const { id, region } of dead) {
      const QueueName = id.split("/").at(-1);
      expect(watched()).toContain(JSON.stringify([region, "ApproximateNumberOfMessagesVisible", { QueueName }]));
      expect(watched()).toContain(JSON.stringify([region, "ApproximateAgeOfOldestMessage", { QueueName }]));
    }
  });

  it("watch every function, and that each schedule has run", () => {
    for (const { id: FunctionName } of ofType(prod, TYPES.function)) {
      for (const metric of ["Errors", "Throttles"]) {
        expect(watched()).toContain(JSON.stringify(["eu-west-1", metric, { FunctionName }]));
      }
    }
    for (const { id: FunctionName } of ofType(prod, TYPES.schedule)) {
      expect(watched()).toContain(JSON.stringify(["eu-west-1", "Invocations", { FunctionName }]));
    }
  });

  it("tell a topic beside them, which runs none of our code", () => {
    for (const { region, inputs } of ofType(prod, TYPES.alarm)) {
      expect(inputs.alarmActions).toEqual([`arn:aws:sns:${region}:111122223333:musterbook-prod-ops`]);
    }
    const listeners = ofType(prod, TYPES.subscription).filter(({ inputs }) => String(inputs.topic).endsWith("-ops"));
    expect(listeners.filter(({ inputs }) => inputs.protocol !== "email")).toEqual([]);
  });

  it("name a heading of the runbook each", () => {
    const runbook = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");
    const named = ofType(prod, TYPES.alarm).map(
      ({ inputs }) => /see (\S+) in docs/.exec(String(inputs.alarmDescription))?.[1],
    );

    for (const id of new Set(named)) expect(runbook).toContain(`\n### ${id}\n`);
  });
});

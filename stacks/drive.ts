import { FLEET_TABLE } from "#aws/fleet-table";
import { needed } from "#stacks/events";
import type { Made } from "#stacks/grants";
import { allowing, trust } from "#stacks/policy";
import { sizeOf } from "#stacks/sizes";
import { logicalName, type Stage } from "#stacks/stage";
import { type InstanceName, wiringOf } from "#stacks/vpcs";
import type { Source } from "#stacks/wiring";

/** Connects a function with its source, as the wiring says. */
export function drive(stage: Stage, made: Made, name: InstanceName, fn: sst.aws.Function) {
  const { source } = wiringOf(name);
  switch (source.kind) {
    case "queue":
      return poll(made, { name, fn, source });
    case "schedule":
      return schedule(stage, made, { name, fn, source });
    case "stream":
      return follow(made, { name, fn, source });
  }
}

interface Driven<K extends Source["kind"]> {
  readonly name: InstanceName;
  readonly fn: sst.aws.Function;
  readonly source: Extract<Source, { readonly kind: K }>;
}

function poll({ queues }: Made, { name, fn, source }: Driven<"queue">): void {
  const { reserved } = sizeOf(name);
  new aws.lambda.EventSourceMapping(`${logicalName(name)}Source`, {
    functionName: fn.name,
    eventSourceArn: needed(queues, source.queue).arn,
    batchSize: source.batchSize,
    ...(source.windowSeconds === undefined ? {} : { maximumBatchingWindowInSeconds: source.windowSeconds }),
    functionResponseTypes: ["ReportBatchItemFailures"],
    // Else the poller receives what the function has no room for, and each time counts as a failed receive.
    ...(reserved === undefined ? {} : { scalingConfig: { maximumConcurrency: reserved } }),
  });
}

function schedule(stage: Stage, { queues, schedules }: Made, { name, fn, source }: Driven<"schedule">): void {
  const dead = needed(queues, source.deadLetterQueue);
  const role = new aws.iam.Role(`${logicalName(name)}ScheduleRole`, {
    // The scheduler tells the group, never the schedule.
    assumeRolePolicy: trust("scheduler.amazonaws.com", stage, schedules.arn),
    inlinePolicies: [
      { name: "invoke", policy: allowing(["lambda:InvokeFunction"], [fn.arn]) },
      { name: "dead-letter", policy: allowing(["sqs:SendMessage"], [dead.arn]) },
    ],
  });
  new aws.scheduler.Schedule(`${logicalName(name)}Schedule`, {
    name: stage.name(name),
    groupName: schedules.name,
    scheduleExpression: source.rate,
    flexibleTimeWindow: { mode: "OFF" },
    target: {
      arn: fn.arn,
      roleArn: role.arn,
      input: JSON.stringify(source.input),
      retryPolicy: { maximumRetryAttempts: source.retries, maximumEventAgeInSeconds: 3600 },
      deadLetterConfig: { arn: dead.arn },
    },
  });
  // The scheduler invokes asynchronously: what Lambda itself gives up goes the same way.
  new aws.lambda.FunctionEventInvokeConfig(`${logicalName(name)}Async`, {
    functionName: fn.name,
    maximumRetryAttempts: Math.min(source.retries, 2),
    maximumEventAgeInSeconds: 3600,
    destinationConfig: { onFailure: { destination: dead.arn } },
  });
}

function follow({ table, queues }: Made, { name, fn, source }: Driven<"stream">): void {
  const pattern = { dynamodb: { Keys: { [FLEET_TABLE.partitionKey]: { S: [FLEET_TABLE.kinds.clusters] } } } };
  new aws.lambda.EventSourceMapping(`${logicalName(name)}Source`, {
    functionName: fn.name,
    eventSourceArn: table.nodes.table.streamArn,
    startingPosition: "TRIM_HORIZON",
    batchSize: source.batchSize,
    maximumRetryAttempts: source.retries,
    filterCriteria: { filters: [{ pattern: JSON.stringify(pattern) }] },
    destinationConfig: { onFailure: { destinationArn: needed(queues, source.deadLetterQueue).arn } },
  });
}

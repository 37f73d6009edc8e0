import { deadLetterQueuesOf, rulesOf } from "#stacks/queues";
import { periodOf } from "#stacks/rate";
import { ruleRegions } from "#stacks/regions";
import { logicalName, type Stage } from "#stacks/stage";
import { type InstanceName, wiringOf } from "#stacks/vpcs";

/**
 * Musterbook in trouble: alarms of CloudWatch into a topic of their own. None of our code is on this path. An alarm is
 * where its metric is, and tells a topic there.
 */
export function operations(stage: Stage) {
  const elsewhere = Map.groupBy(forwardsOf(stage), ({ region }) => region);
  for (const [region, forwards] of elsewhere) {
    const topic = opsTopic(stage, region);
    for (const { queue } of forwards) {
      for (const alarm of ofDeadLetters(stage, queue)) ring(stage, { topic, region, alarm });
    }
  }
  const topic = opsTopic(stage, stage.region);
  const alarms = [
    ...deadLetterQueuesOf(stage).flatMap((queue) => ofDeadLetters(stage, queue)),
    ...stage.functions.flatMap((fn) => [...ofFailures(stage, fn), ...ofSilence(stage, fn)]),
  ];
  for (const alarm of alarms) ring(stage, { topic, region: stage.region, alarm });
  return topic;
}

function forwardsOf(stage: Stage) {
  return rulesOf(stage).flatMap(({ queue }) =>
    ruleRegions(stage, queue).map((region) => ({ region, queue: `${queue}-forward-dlq` })),
  );
}

function opsTopic(stage: Stage, region: string): aws.sns.Topic {
  const { name, account, partition, config } = stage;
  const logical = `MusterbookOps${region === stage.region ? "" : logicalName(region)}`;
  const topic = new aws.sns.Topic(logical, { region, name: name("ops") });
  const alarms = `arn:${partition}:cloudwatch:${region}:${account}:alarm:${name("*")}`;
  new aws.sns.TopicPolicy(`${logical}Policy`, {
    region,
    arn: topic.arn,
    policy: aws.iam.getPolicyDocumentOutput({
      statements: [
        {
          actions: ["sns:Publish"],
          resources: [topic.arn],
          principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
          conditions: [
            { test: "StringEquals", variable: "aws:SourceAccount", values: [account] },
            { test: "ArnLike", variable: "aws:SourceArn", values: [alarms] },
          ],
        },
      ],
    }).json,
  });
  for (const [index, endpoint] of config.alerts.operators.entries()) {
    new aws.sns.TopicSubscription(`${logical}Mail${index + 1}`, {
      region,
      topic: topic.arn,
      protocol: "email",
      endpoint,
    });
  }
  return topic;
}

interface Alarm {
  /** Its heading in the runbook. */
  readonly id:
    | "ops.dead-letters"
    | "ops.dead-letters-old"
    | "ops.function-errors"
    | "ops.function-throttled"
    | "ops.not-run";
  readonly of: string;
  readonly metric: Pick<aws.cloudwatch.MetricAlarmArgs, "namespace" | "metricName" | "dimensions" | "statistic">;
  readonly when: Pick<
    aws.cloudwatch.MetricAlarmArgs,
    "comparisonOperator" | "threshold" | "period" | "evaluationPeriods" | "treatMissingData"
  >;
}

const ABOVE = { comparisonOperator: "GreaterThanThreshold", treatMissingData: "notBreaching" } as const;

function ofDeadLetters({ name }: Stage, queue: string): readonly Alarm[] {
  const metric = (metricName: string) => ({
    ...{ namespace: "AWS/SQS", metricName, statistic: "Maximum" },
    dimensions: { QueueName: name(queue) },
  });
  const depth = metric("ApproximateNumberOfMessagesVisible");
  const age = metric("ApproximateAgeOfOldestMessage");
  const once = { ...ABOVE, period: 60, evaluationPeriods: 1 };
  return [
    { id: "ops.dead-letters", of: queue, metric: depth, when: { ...once, threshold: 0 } },
    // They are deleted after 14 days: a week is left then.
    { id: "ops.dead-letters-old", of: queue, metric: age, when: { ...once, threshold: 7 * 86_400 } },
  ];
}

function ofFailures({ name }: Stage, fn: InstanceName): readonly Alarm[] {
  const metric = (metricName: string) => ({
    ...{ namespace: "AWS/Lambda", metricName, statistic: "Sum" },
    dimensions: { FunctionName: name(fn) },
  });
  // One failure is retried; three periods of five minutes in a row are no accident.
  const lasting = { ...ABOVE, period: 300, evaluationPeriods: 3, threshold: 0 };
  return [
    { id: "ops.function-errors", of: fn, metric: metric("Errors"), when: lasting },
    { id: "ops.function-throttled", of: fn, metric: metric("Throttles"), when: lasting },
  ];
}

/** A schedule that is due thrice and never comes. */
function ofSilence({ name }: Stage, fn: InstanceName): readonly Alarm[] {
  const { source } = wiringOf(fn);
  if (source.kind !== "schedule") return [];
  const period = periodOf(source.rate) / 1000;
  return [
    {
      id: "ops.not-run",
      of: fn,
      metric: {
        namespace: "AWS/Lambda",
        metricName: "Invocations",
        statistic: "Sum",
        dimensions: { FunctionName: name(fn) },
      },
      when: {
        comparisonOperator: "LessThanThreshold",
        threshold: 1,
        period,
        evaluationPeriods: 3,
        treatMissingData: "breaching",
      },
    },
  ];
}

function ring(
  { name, region: home }: Stage,
  of: { readonly topic: aws.sns.Topic; readonly region: string; readonly alarm: Alarm },
): void {
  const { topic, region, alarm } = of;
  const what = alarm.id.replace("ops.", "");
  const where = region === home ? "" : logicalName(region);
  new aws.cloudwatch.MetricAlarm(`${logicalName(alarm.of)}${where}${logicalName(what)}`, {
    region,
    name: name(`${alarm.of}-${what}`),
    alarmDescription: `${alarm.of}: see ${alarm.id} in docs/runbook.md`,
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    ...alarm.metric,
    ...alarm.when,
  });
}

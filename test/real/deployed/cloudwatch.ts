import * as v from "valibot";
import type { AwsScope } from "#aws/config";
import { callJson } from "#test/real/aws/json-call";

const Alarms = v.object({
  MetricAlarms: v.array(
    v.object({
      AlarmName: v.string(),
      AlarmDescription: v.string(),
      Namespace: v.string(),
      MetricName: v.string(),
      Statistic: v.string(),
      Dimensions: v.array(v.object({ Name: v.string(), Value: v.string() })),
      ComparisonOperator: v.string(),
      Threshold: v.number(),
      TreatMissingData: v.string(),
      AlarmActions: v.array(v.string()),
      OKActions: v.array(v.string()),
      StateValue: v.string(),
    }),
  ),
});
export type MetricAlarm = v.InferOutput<typeof Alarms>["MetricAlarms"][number];
const Events = v.object({ events: v.array(v.object({ message: v.string(), timestamp: v.number() })) });

/** CloudWatch's alarms and logs of one account and region of ministack. */
export interface CloudWatch {
  alarm(name: string): Promise<MetricAlarm>;
  /**
   * One data point of an alarm's own metric: ministack records none of SQS's. It judges alarms whenever one comes, all of that
   * metric's name, whatever their dimensions.
   */
  tell(alarm: MetricAlarm, value: number): Promise<void>;
  /** Lines of a function's log, oldest first. */
  logOf(functionName: string): Promise<readonly string[]>;
}

export function cloudWatch({
  account,
  hub,
}: {
  readonly account: string;
  readonly hub: Required<AwsScope>;
}): CloudWatch {
  const { endpoint, region } = hub;
  const at = { endpoint, region, account };
  const metrics = (action: string, input: object) =>
    callJson({ ...at, service: "monitoring", target: `GraniteServiceVersion20100801.${action}`, input });
  return {
    alarm: async (name) => {
      const { MetricAlarms } = v.parse(Alarms, await metrics("DescribeAlarms", { AlarmNames: [name] }));
      const [alarm] = MetricAlarms;
      if (alarm === undefined) throw new Error(`there is no alarm ${name}`);
      return alarm;
    },
    tell: async ({ Namespace, MetricName, Dimensions }, Value) => {
      await metrics("PutMetricData", { Namespace, MetricData: [{ MetricName, Dimensions, Value }] });
    },
    logOf: async (functionName) => {
      const input = { logGroupName: `/aws/lambda/${functionName}` };
      const answer = await callJson({ ...at, service: "logs", target: "Logs_20140328.FilterLogEvents", input });
      return v.parse(Events, answer).events.map(({ message }) => message);
    },
  };
}

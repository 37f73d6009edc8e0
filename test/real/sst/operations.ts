import { SetTopicAttributesCommand, SNSClient } from "@aws-sdk/client-sns";
import * as v from "valibot";
import { call, client, does, type Make, text } from "#test/real/sst/maker";

/** Logs, alarms, and who may ring. */
export const operations: Readonly<Record<string, Make>> = {
  "aws:cloudwatch/logGroup:LogGroup": does(
    v.object({ name: text, retentionInDays: v.number() }),
    async ({ name: logGroupName, retentionInDays }, { place }) => {
      await call(place, "logs", "Logs_20140328.CreateLogGroup", { logGroupName });
      await call(place, "logs", "Logs_20140328.PutRetentionPolicy", { logGroupName, retentionInDays });
    },
  ),
  "aws:cloudwatch/metricAlarm:MetricAlarm": does(
    v.object({
      name: text,
      alarmDescription: text,
      namespace: text,
      metricName: text,
      statistic: text,
      dimensions: v.record(text, text),
      comparisonOperator: text,
      threshold: v.number(),
      period: v.number(),
      evaluationPeriods: v.number(),
      treatMissingData: text,
      alarmActions: v.array(text),
      okActions: v.array(text),
    }),
    async (inputs, { place }) =>
      call(place, "monitoring", "GraniteServiceVersion20100801.PutMetricAlarm", {
        AlarmName: inputs.name,
        AlarmDescription: inputs.alarmDescription,
        Namespace: inputs.namespace,
        MetricName: inputs.metricName,
        Statistic: inputs.statistic,
        Dimensions: Object.entries(inputs.dimensions).map(([Name, Value]) => ({ Name, Value })),
        ComparisonOperator: inputs.comparisonOperator,
        Threshold: inputs.threshold,
        Period: inputs.period,
        EvaluationPeriods: inputs.evaluationPeriods,
        TreatMissingData: inputs.treatMissingData,
        AlarmActions: inputs.alarmActions,
        OKActions: inputs.okActions,
      }),
  ),
  "aws:sns/topicPolicy:TopicPolicy": does(
    v.object({ arn: text, policy: text }),
    async ({ arn: TopicArn, policy: AttributeValue }, { place }) =>
      client(SNSClient, place).send(
        new SetTopicAttributesCommand({ TopicArn, AttributeName: "Policy", AttributeValue }),
      ),
  ),
};

import { DEAD_LETTERS } from "#members/forwarding";
import { ACCOUNT, type MemberOptions, own, policy, REGION, type Resources } from "#members/parts";

/** Alarms on what could not be sent on. An alarm tells a topic of its own region, so each region of a member has one. */
export function operations({ hub, config }: MemberOptions): Resources {
  const mails = config.alerts.operators.map((endpoint, at) => [
    `OperationsMail${at + 1}`,
    {
      Type: "AWS::SNS::Subscription",
      Properties: { TopicArn: { Ref: "Operations" }, Protocol: "email", Endpoint: endpoint },
    },
  ]);
  const alarms = own(hub, "cloudwatch", REGION, "alarm:musterbook-*");
  return {
    Operations: { Type: "AWS::SNS::Topic", Properties: { TopicName: "musterbook-ops" } },
    OperationsPolicy: {
      Type: "AWS::SNS::TopicPolicy",
      Properties: {
        Topics: [{ Ref: "Operations" }],
        PolicyDocument: policy({
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: { Ref: "Operations" },
          Condition: { StringEquals: { "aws:SourceAccount": ACCOUNT }, ArnLike: { "aws:SourceArn": alarms } },
        }),
      },
    },
    ...Object.fromEntries(mails),
    UndeliveredAlarm: alarm("ops.dead-letters", "ApproximateNumberOfMessagesVisible", 0),
    // They are deleted after 14 days: a week is left then.
    UndeliveredOldAlarm: alarm("ops.dead-letters-old", "ApproximateAgeOfOldestMessage", 7 * 86_400),
  };
}

function alarm(heading: string, metric: string, threshold: number) {
  return {
    Type: "AWS::CloudWatch::Alarm",
    Properties: {
      AlarmName: `${DEAD_LETTERS}-${heading.replace("ops.", "")}`,
      AlarmDescription: `${DEAD_LETTERS}: see ${heading} in docs/runbook.md`,
      AlarmActions: [{ Ref: "Operations" }],
      OKActions: [{ Ref: "Operations" }],
      Namespace: "AWS/SQS",
      MetricName: metric,
      Dimensions: [{ Name: "QueueName", Value: DEAD_LETTERS }],
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: threshold,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching",
    },
  };
}

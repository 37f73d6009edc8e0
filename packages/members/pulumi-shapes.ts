import { Code, Json, Spread } from "#members/typescript";

/** A resource of Pulumi's AWS package: its class, and its arguments with the template's references still in them. */
export interface Shape {
  readonly module: "iam" | "sqs" | "cloudwatch" | "sns";
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

type Fields = Readonly<Record<string, unknown>>;

/** What a resource of the template is in Pulumi's words; `own` is the variable that it is kept in. */
export function shapesOf(type: string, properties: Fields, own: string): readonly Shape[] {
  switch (type) {
    case "AWS::IAM::Role":
      return [{ module: "iam", name: "Role", args: roleArgs(properties) }];
    case "AWS::SQS::Queue":
      return [{ module: "sqs", name: "Queue", args: renamed(properties, QUEUE) }];
    case "AWS::SQS::QueuePolicy":
      return [{ module: "sqs", name: "QueuePolicy", args: policyArgs("queueUrl", properties.Queues, properties) }];
    case "AWS::Events::Rule":
      return [
        { module: "cloudwatch", name: "EventRule", args: ruleArgs(properties) },
        ...listed(properties.Targets).map((target) => targetShape(target, own)),
      ];
    case "AWS::SNS::Topic":
      return [{ module: "sns", name: "Topic", args: renamed(properties, { TopicName: "name" }) }];
    case "AWS::SNS::TopicPolicy":
      return [{ module: "sns", name: "TopicPolicy", args: policyArgs("arn", properties.Topics, properties) }];
    case "AWS::SNS::Subscription":
      return [{ module: "sns", name: "TopicSubscription", args: renamed(properties, { TopicArn: "topic" }) }];
    case "AWS::CloudWatch::Alarm":
      return [{ module: "cloudwatch", name: "MetricAlarm", args: alarmArgs(properties) }];
    default:
      throw new TypeError(`no template of ours has a resource of type ${type}`);
  }
}

const QUEUE = { QueueName: "name", MessageRetentionPeriod: "messageRetentionSeconds" };

/** Names as Pulumi has them: the first letter small, but for those that are called otherwise. */
function renamed(fields: Fields, names: Readonly<Record<string, string>> = {}): Fields {
  const small = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [names[name] ?? small(name), value]));
}

function roleArgs({ RoleName, AssumeRolePolicyDocument, Policies }: Fields): Fields {
  return {
    name: RoleName,
    boundary: new Spread("permissionsBoundary"),
    assumeRolePolicy: new Json(AssumeRolePolicyDocument),
    inlinePolicies: listed(Policies).map(({ PolicyName, PolicyDocument }) => ({
      name: PolicyName,
      policy: new Json(PolicyDocument),
    })),
  };
}

function policyArgs(of: string, resources: unknown, { PolicyDocument }: Fields): Fields {
  return { [of]: [resources].flat()[0], policy: new Json(PolicyDocument) };
}

function ruleArgs({ Name, Description, EventPattern }: Fields): Fields {
  return { name: Name, description: Description, eventPattern: new Json(EventPattern) };
}

function targetShape(target: Fields, rule: string): Shape {
  const { Id, Arn, RoleArn, DeadLetterConfig, RetryPolicy } = target;
  const args = {
    rule: new Code(`${rule}.name`),
    targetId: Id,
    arn: Arn,
    roleArn: RoleArn,
    deadLetterConfig: renamed(fields(DeadLetterConfig)),
    retryPolicy: renamed(fields(RetryPolicy)),
  };
  return { module: "cloudwatch", name: "EventTarget", args };
}

function alarmArgs({ Dimensions, ...rest }: Fields): Fields {
  const dimensions = listed(Dimensions).map(({ Name, Value }) => [String(Name), Value] as const);
  return {
    ...renamed(rest, { AlarmName: "name", OKActions: "okActions" }),
    dimensions: Object.fromEntries(dimensions),
  };
}

function listed(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

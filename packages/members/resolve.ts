import type { TemplateResource } from "#members/parts";
import type { Template } from "#members/template";

/** Where a template is applied. */
export interface Place {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  /** ARN of a policy; undefined for none. */
  readonly boundary?: string;
}

/** A resource as CloudFormation would make it in one place, with every reference put in. */
export interface Resolved {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/**
 * The resources that a template of ours makes in a place. Knows the functions that our templates use, and throws a
 * TypeError on any other.
 */
export function resolveTemplate({ Conditions, Resources }: Template, place: Place): readonly Resolved[] {
  const scope = { conditions: Conditions, resources: Resources, place };
  return Object.entries(Resources)
    .filter(([, { Condition }]) => Condition === undefined || holds(Condition, scope))
    .map(([id, { Type, Properties }]) => ({ id, type: Type, properties: fieldsOf(Properties, scope) }));
}

interface Scope {
  readonly conditions: Template["Conditions"];
  readonly resources: Template["Resources"];
  readonly place: Place;
}

function holds(name: string, scope: Scope): boolean {
  return evaluated(scope.conditions[name], scope) === true;
}

function evaluated(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((one) => evaluated(one, scope));
  if (!isFields(value)) return value;
  const [[call = "", argument] = [], ...more] = Object.entries(value);
  return more.length === 0 && (call === "Ref" || call.startsWith("Fn::"))
    ? called(call, argument, scope)
    : fieldsOf(value, scope);
}

function fieldsOf(value: Readonly<Record<string, unknown>>, scope: Scope): Readonly<Record<string, unknown>> {
  const fields = Object.entries(value).map(([name, one]) => [name, evaluated(one, scope)] as const);
  return Object.fromEntries(fields.filter(([, one]) => one !== undefined));
}

function called(call: string, argument: unknown, scope: Scope): unknown {
  if (call === "Ref") return referred(String(argument), scope);
  const given = Array.isArray(argument) ? argument : [];
  const [first, second, third] = given;
  switch (call) {
    case "Fn::If":
      return evaluated(holds(String(first), scope) ? second : third, scope);
    case "Fn::Equals":
      return evaluated(first, scope) === evaluated(second, scope);
    case "Fn::Not":
      return evaluated(first, scope) !== true;
    case "Fn::And":
      return given.every((one) => evaluated(one, scope) === true);
    case "Fn::Join":
      return [evaluated(second, scope)].flat().join(String(first));
    case "Fn::GetAtt":
      return arnOf(String(first), scope);
    default:
      throw new TypeError(`no template of ours uses ${call}`);
  }
}

function referred(name: string, scope: Scope): unknown {
  const { place, resources } = scope;
  switch (name) {
    case "AWS::AccountId":
      return place.account;
    case "AWS::Region":
      return place.region;
    case "AWS::NoValue":
      return undefined;
    case "PermissionsBoundary":
      return place.boundary ?? "";
    default:
      return resources[name]?.Type === "AWS::SQS::Queue" ? queueUrl(nameOf(name, scope), place) : arnOf(name, scope);
  }
}

function queueUrl(name: string, { account, region, partition }: Place): string {
  const suffix = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  return `https://sqs.${region}.${suffix}/${account}/${name}`;
}

function arnOf(id: string, scope: Scope): string {
  const { account, region, partition } = scope.place;
  const service = SERVICES[scope.resources[id]?.Type ?? ""];
  if (service === undefined) throw new TypeError(`no template of ours refers to ${id}`);
  return `arn:${partition}:${service}:${region}:${account}:${nameOf(id, scope)}`;
}

const SERVICES: Readonly<Record<TemplateResource["Type"], string>> = {
  "AWS::SQS::Queue": "sqs",
  "AWS::SNS::Topic": "sns",
};

function nameOf(id: string, { resources }: Scope): string {
  const { QueueName, TopicName } = resources[id]?.Properties ?? {};
  return String(QueueName ?? TopicName);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

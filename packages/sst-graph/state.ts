import type { Json, JsonObject } from "#sst-graph/graph";
import { isObject } from "#sst-graph/wire";

export interface Place {
  readonly region: string;
  readonly account: string;
}

export interface Computed {
  readonly id: string;
  /** To be laid over the inputs. */
  readonly state: JsonObject;
}

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/**
 * What the provider would compute, as far as SST or programs read it back. SST parses ARNs and URLs, so they have their
 * true shape.
 */
export function computedState(of: {
  readonly type: string;
  readonly name: string;
  readonly inputs: JsonObject;
  readonly place: Place;
  /** Given when the resource exists already. */
  readonly id?: string;
}): Computed {
  const { type, inputs, place } = of;
  const name = of.id ?? text(inputs.name ?? inputs.bucket) ?? `${of.name}-mock`;
  const compute = TYPES[type];
  const computed = compute?.({ name: lastOf(type, name), inputs, arn: arnIn(place), place });
  return { id: of.id ?? computed?.id ?? name, state: computed?.state ?? { name } };
}

/** A queue that exists is read by its URL, a topic by its ARN. */
function lastOf(type: string, name: string): string {
  if (type === "aws:sqs/queue:Queue") return name.split("/").at(-1) ?? name;
  return type === "aws:sns/topic:Topic" ? (name.split(":").at(-1) ?? name) : name;
}

type Arn = (service: string, resource: string, scope?: "global" | "regionless") => string;

function arnIn({ region, account }: Place): Arn {
  return (service, resource, scope) => {
    const where = { global: ":", regionless: `:${account}`, regional: `${region}:${account}` }[scope ?? "regional"];
    return `arn:${partitionOf(region)}:${service}:${where}:${resource}`;
  };
}

interface Known {
  readonly name: string;
  readonly inputs: JsonObject;
  readonly arn: Arn;
  readonly place: Place;
}

const BYTES = Buffer.alloc(32, 7);

const TYPES: Readonly<Record<string, (of: Known) => { readonly id?: string; readonly state: JsonObject }>> = {
  "aws:sqs/queue:Queue": ({ name, arn, place }) => {
    const url = `https://sqs.${place.region}.${domainOf(place.region)}/${place.account}/${name}`;
    return { id: url, state: { name, arn: arn("sqs", name), url } };
  },
  "aws:sns/topic:Topic": ({ name, arn }) => ({ id: arn("sns", name), state: { name, arn: arn("sns", name) } }),
  "aws:sns/topicSubscription:TopicSubscription": ({ inputs, name }) => {
    const arn = `${text(inputs.topic) ?? ""}:${name}`;
    return { id: arn, state: { arn } };
  },
  "aws:s3/bucket:Bucket": ({ name, arn, place }) => ({ id: name, state: bucketState(name, arn, place) }),
  "aws:cloudwatch/eventBus:EventBus": ({ name, arn }) => ({
    state: { name, arn: name.startsWith("arn:") ? name : arn("events", `event-bus/${name}`) },
  }),
  "aws:cloudwatch/eventRule:EventRule": ({ name, inputs, arn }) => {
    const bus = text(inputs.eventBusName)?.split("/").at(-1) ?? "default";
    return { state: { name, arn: arn("events", bus === "default" ? `rule/${name}` : `rule/${bus}/${name}`) } };
  },
  "aws:cloudwatch/eventTarget:EventTarget": ({ inputs, name }) => ({ state: { targetId: inputs.targetId ?? name } }),
  "aws:cloudwatch/logGroup:LogGroup": ({ name, arn }) => ({ state: { name, arn: arn("logs", `log-group:${name}`) } }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ name, arn }) => ({
    state: { name, arn: arn("cloudwatch", `alarm:${name}`) },
  }),
  "aws:lambda/function:Function": ({ name, inputs, arn, place }) => ({
    state: functionState(name, arn("lambda", `function:${name}`), inputs.publish === true, place),
  }),
  "aws:lambda/layerVersion:LayerVersion": ({ inputs, name, arn }) => {
    const layerArn = arn("lambda", `layer:${text(inputs.layerName) ?? name}`);
    return { id: `${layerArn}:1`, state: { layerArn, arn: `${layerArn}:1`, version: "1" } };
  },
  "aws:lambda/eventSourceMapping:EventSourceMapping": ({ name, arn }) => {
    return { state: { uuid: name, arn: arn("lambda", `event-source-mapping:${name}`) } };
  },
  "aws:iam/role:Role": ({ name, arn }) => ({
    state: { name, arn: arn("iam", `role/${name}`, "regionless"), uniqueId: name },
  }),
  "aws:scheduler/schedule:Schedule": ({ name, inputs, arn }) => ({
    state: { name, arn: arn("scheduler", `schedule/${text(inputs.groupName) ?? "default"}/${name}`) },
  }),
  "aws:scheduler/scheduleGroup:ScheduleGroup": ({ name, arn }) => ({
    state: { name, arn: arn("scheduler", `schedule-group/${name}`) },
  }),
  "aws:dynamodb/table:Table": ({ name, inputs, arn }) => ({
    state: {
      name,
      arn: arn("dynamodb", `table/${name}`),
      streamArn: inputs.streamEnabled === true ? arn("dynamodb", `table/${name}/stream/2026-01-01T00:00:00.000`) : "",
    },
  }),
  "aws:secretsmanager/secret:Secret": ({ name, arn }) => {
    const id = arn("secretsmanager", `secret:${name}-AbCdEf`);
    return { id, state: { name, arn: id } };
  },
  "aws:lambda/functionUrl:FunctionUrl": ({ name, place }) => ({
    state: { functionUrl: `https://${name.toLowerCase()}.lambda-url.${place.region}.on.aws/` },
  }),
  "aws:s3/bucketObjectv2:BucketObjectv2": ({ inputs }) => ({ id: text(inputs.key) ?? "", state: {} }),
  "random:index/randomBytes:RandomBytes": () => ({
    state: { base64: BYTES.toString("base64"), hex: BYTES.toString("hex") },
  }),
  "random:index/randomId:RandomId": () => ({
    state: { hex: BYTES.toString("hex"), dec: BigInt(`0x${BYTES.toString("hex")}`).toString() },
  }),
};

function domainOf(region: string): string {
  return partitionOf(region) === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}

function bucketState(bucket: string, arn: Arn, { region }: Place): JsonObject {
  return {
    bucket,
    arn: arn("s3", bucket, "global"),
    region,
    bucketDomainName: `${bucket}.s3.${domainOf(region)}`,
    bucketRegionalDomainName: `${bucket}.s3.${region}.${domainOf(region)}`,
  };
}

function functionState(name: string, arn: string, isPublished: boolean, { region }: Place): JsonObject {
  const invoke = (target: string) =>
    `arn:${partitionOf(region)}:apigateway:${region}:lambda:path/2015-03-31/functions/${target}/invocations`;
  const version = isPublished ? "1" : "$LATEST";
  return {
    name,
    arn,
    version,
    qualifiedArn: `${arn}:${version}`,
    invokeArn: invoke(arn),
    qualifiedInvokeArn: invoke(`${arn}:${version}`),
    responseStreamingInvokeArn: invoke(arn).replace("2015-03-31", "2021-11-15"),
    lastModified: "2026-01-01T00:00:00.000+0000",
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The result of a provider function that SST calls; undefined when it is none of them. */
export function providerAnswer(token: string, inputs: JsonObject, place: Place): JsonObject | undefined {
  const partition = partitionOf(place.region);
  switch (token) {
    case "aws:index/getRegion:getRegion":
      return { id: place.region, name: place.region, region: place.region, endpoint: "", description: "" };
    case "aws:index/getPartition:getPartition":
      return { id: partition, partition, dnsSuffix: domainOf(place.region), reverseDnsPrefix: "com.amazonaws" };
    case "aws:index/getCallerIdentity:getCallerIdentity": {
      const { account } = place;
      return { id: account, accountId: account, arn: `arn:${partition}:iam::${account}:user/deployer`, userId: "me" };
    }
    case "aws:iam/getPolicyDocument:getPolicyDocument":
      return policyDocument(inputs);
    default:
      return undefined;
  }
}

function policyDocument(inputs: JsonObject): JsonObject {
  const statements = list(inputs.statements).filter(isObject);
  const json = JSON.stringify({ Version: inputs.version ?? "2012-10-17", Statement: statements.map(statement) });
  return { id: "policy", json, minifiedJson: json, ...(statements.length === 0 ? {} : { statements }) };
}

function statement(of: JsonObject): JsonObject {
  const fields: Record<string, Json> = { Effect: of.effect ?? "Allow" };
  if (text(of.sid) !== undefined) fields.Sid = of.sid ?? "";
  const principals = list(of.principals).filter(isObject);
  if (principals.length > 0) fields.Principal = principalsOf(principals);
  fields.Action = list(of.actions);
  if (of.resources !== undefined && of.resources !== null) fields.Resource = list(of.resources);
  const conditions = list(of.conditions).filter(isObject);
  if (conditions.length > 0) fields.Condition = conditionsOf(conditions);
  return fields;
}

function principalsOf(principals: readonly JsonObject[]): Json {
  if (principals.some(({ type }) => type === "*")) return "*";
  return Object.fromEntries(principals.map(({ type, identifiers }) => [String(type), list(identifiers)]));
}

function conditionsOf(conditions: readonly JsonObject[]): JsonObject {
  const result: Record<string, Record<string, Json>> = {};
  for (const { test, variable, values } of conditions) {
    result[String(test)] = { ...result[String(test)], [String(variable)]: list(values) };
  }
  return result;
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

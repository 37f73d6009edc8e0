import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { onTestFinished } from "vitest";
import { awsConfig } from "#aws/config";
import type { ClusterRecord } from "#fleet/record";
import { type Reply, serveAws } from "#test/fakes/aws-server";

export interface DynamoRequest {
  /** `Query`, `GetItem`, `UpdateItem`. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export type ScriptedAnswer = Reply | ((request: DynamoRequest) => Reply);

/** A client of a server that gives these answers, one after the other and the last one for ever, until the test ends. */
export async function scriptedDynamo(...answers: readonly ScriptedAnswer[]) {
  const requests: DynamoRequest[] = [];
  const server = await serveAws(({ headers, body }) => {
    const request = { operation: headers["x-amz-target"]?.split(".").at(-1) ?? "", input: JSON.parse(body) };
    const answer = answers[Math.min(requests.length, answers.length - 1)];
    requests.push(request);
    if (answer === undefined) throw new Error("the script is empty");
    return typeof answer === "function" ? answer(request) : answer;
  });
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: "111122223333", secretAccessKey: "not-a-secret" };
  const client = new DynamoDBClient(awsConfig({ region: "eu-west-1", endpoint: server.url, credentials }));
  return { client, requests };
}

export function dynamoAnswer(body: unknown, status = 200): Reply {
  return { status, headers: { "content-type": "application/x-amz-json-1.0" }, body: JSON.stringify(body) };
}

/** An error as DynamoDB writes it. */
export function dynamoFault(code: string, more: Readonly<Record<string, unknown>> = {}, status = 400): Reply {
  return dynamoAnswer({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: "no", ...more }, status);
}

/** A cluster's record as an item, on the wire. */
export function clusterItem(record: ClusterRecord, changes: Readonly<Record<string, unknown>> = {}) {
  const item = { pk: "clusters", sk: record.arn, version: 1, writeId: "w", record, ...changes };
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, onTheWire(value)]));
}

function onTheWire(value: unknown): object {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(onTheWire) };
  if (typeof value !== "object" || value === null) return { NULL: true };
  return { M: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, onTheWire(inner)])) };
}

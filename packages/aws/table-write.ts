import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import * as v from "valibot";
import { answerOf } from "#aws/answer";
import { dynamoError } from "#aws/dynamo-error";
import { FLEET_TABLE, type Placement } from "#aws/fleet-table";
import { parseWith } from "#config/schema";
import type { Clock } from "#fleet/clock";
import { ConflictError, RetryableError } from "#fleet/errors";

export interface Written {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly clock: Clock;
  /** For messages: `the cluster record of arn:…`. */
  readonly what: string;
}

export interface Change {
  readonly partition: string;
  readonly key: string;
  /** Anything that JSON can say; it is stored as a map, to be read in the console too. */
  readonly record: unknown;
  readonly placement: Placement;
  /** The version that is replaced; 0: there must be none, or one that has expired. */
  readonly expected: number;
}

/** Writes one item if its version is still the expected one, else throws ConflictError. Returns the new version. */
export async function writeItem(at: Written, change: Change): Promise<number> {
  const writeId = randomUUID();
  const now = at.clock.now().getTime() / 1000;
  try {
    const command = new UpdateCommand({ TableName: at.table, ...update(change, writeId, now) });
    return versionOf(at, await at.client.send(command));
  } catch (cause) {
    return afterFailure(at, { cause, writeId, expected: change.expected });
  }
}

/** An update, since it counts on from the version of an expired record too: a version never comes twice. */
function update({ record, placement, expected, ...change }: Change, writeId: string, now: number) {
  const { dueAt, firingSource, expiresAt } = placement;
  const attributes = { record: JSON.parse(JSON.stringify(record), withRoom), writeId, dueAt, firingSource, expiresAt };
  const set = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const removed = Object.entries(attributes).filter(([, value]) => value === undefined);
  const names = ["version", ...Object.keys(attributes)];
  const settings = ["#version = if_not_exists(#version, :none) + :one", ...set.map(([name]) => `#${name} = :${name}`)];
  const removals = removed.map(([name]) => `#${name}`);
  return {
    Key: { [FLEET_TABLE.partitionKey]: change.partition, [FLEET_TABLE.sortKey]: change.key },
    UpdateExpression: `SET ${settings.join(", ")}${removals.length === 0 ? "" : ` REMOVE ${removals.join(", ")}`}`,
    ConditionExpression:
      expected === 0
        ? "attribute_not_exists(#version) OR #expiresAt <= :now"
        : "#version = :expected AND (attribute_not_exists(#expiresAt) OR #expiresAt > :now)",
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
      ...{ ":none": 0, ":one": 1, ":now": now },
      ...(expected === 0 ? {} : { ":expected": expected }),
    },
    ReturnValues: "UPDATED_NEW",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  } satisfies Partial<UpdateCommandInput>;
}

const SMALLEST = 1e-130;
const LARGEST = 9.99e125;

/** The value; a number for which DynamoDB has no room as text, lest evidence of nonsense be no evidence at all. */
function withRoom(_key: string, value: unknown): unknown {
  if (typeof value !== "number" || value === 0) return value;
  const size = Math.abs(value);
  return size < SMALLEST || size > LARGEST ? String(value) : value;
}

const Answer = v.object({ Attributes: v.object({ version: v.number() }) });

function versionOf({ what }: Written, answer: unknown): number {
  const parsed = parseWith(Answer, answer);
  if (parsed.ok) return parsed.value.Attributes.version;
  throw new RetryableError(`whether ${what} was written is not known: the answer does not say its version`, {
    reason: "unreadable-answer",
    remedy: "It is tried again; if it stays, a proxy before DynamoDB or an emulator is at fault.",
  });
}

/** What is there instead of what was expected, as the SDK leaves it in its error. */
const Found = v.object({
  Item: v.object({ writeId: v.object({ S: v.string() }), version: v.object({ N: v.string() }) }),
});

interface Failure {
  readonly cause: unknown;
  readonly writeId: string;
  readonly expected: number;
}

/** The SDK sends a write again whose answer was lost; the second one then meets the first, and has not lost to anybody. */
function afterFailure({ what, table }: Written, { cause, writeId, expected }: Failure): number {
  if (!LOST.has(answerOf(cause).code)) {
    throw dynamoError(cause, { what: `cannot write ${what}`, action: "dynamodb:UpdateItem", resource: table });
  }
  const found = parseWith(Found, cause);
  if (found.ok && found.value.Item.writeId.S === writeId) return Number(found.value.Item.version.N);
  throw new ConflictError(`${what} is no longer at version ${expected}`, {
    remedy: "Read it again and decide again.",
    reason: "version-conflict",
    field: "version",
    value: expected,
    cause,
  });
}

/** The second: a transaction of somebody else is under way on the item. */
const LOST = new Set(["ConditionalCheckFailedException", "TransactionConflictException"]);

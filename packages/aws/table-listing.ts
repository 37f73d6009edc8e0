import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import * as v from "valibot";
import { dynamoError } from "#aws/dynamo-error";
import { FLEET_TABLE } from "#aws/fleet-table";
import { parseWith } from "#config/schema";
import type { Clock } from "#fleet/clock";
import { RetryableError, TerminalError } from "#fleet/errors";
import { isExpired } from "#fleet/expiry";

/** What a listing asks for: everything of a kind, or what an index holds, or a part of that. */
export interface Asked {
  readonly index?: keyof typeof FLEET_TABLE.indexes;
  /** Of the index's sort key. */
  readonly range?: { readonly operator: "<=" | "="; readonly value: string };
  readonly limit?: number;
}

export interface Listed {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly partition: string;
  readonly clock: Clock;
  readonly pageSize?: number;
}

/** An item of the table as its reader sees it; the record is still as it was stored. */
export interface Item {
  readonly key: string;
  readonly version: number;
  readonly record: unknown;
  readonly expiresAt: number | undefined;
}

const ItemSchema = v.pipe(
  v.object({
    [FLEET_TABLE.sortKey]: v.string(),
    version: v.pipe(v.number(), v.integer(), v.minValue(1)),
    record: v.unknown(),
    [FLEET_TABLE.ttl]: v.optional(v.number()),
  }),
  v.transform(({ sk: key, version, record, expiresAt }): Item => ({ key, version, record, expiresAt })),
);

/** @throws TerminalError `malformed-record`: somebody else wrote it */
export function itemOf(stored: Readonly<Record<string, unknown>>): Item {
  const parsed = parseWith(ItemSchema, stored);
  if (parsed.ok) return parsed.value;
  const [first] = parsed.problems;
  throw new TerminalError(`the item ${stored.pk} ${stored.sk} is none of ours: ${first?.field}: ${first?.remedy}`, {
    remedy: "Delete the item: the next sweep or audit writes it anew.",
    reason: "malformed-record",
    ...(first === undefined ? {} : { field: first.field, value: first.value }),
  });
}

const Page = v.object({
  Items: v.array(v.record(v.string(), v.unknown())),
  LastEvaluatedKey: v.optional(v.record(v.string(), v.unknown())),
});

/** All pages that a listing needs, one after the other; what has expired is left out. */
export async function listItems(at: Listed, asked: Asked): Promise<readonly Item[]> {
  const { limit = Number.POSITIVE_INFINITY } = asked;
  const now = at.clock.now();
  const found: Item[] = [];
  const keys = new Set<string>();
  let after: QueryCommandInput["ExclusiveStartKey"];
  while (found.length < limit) {
    const size = Math.min(at.pageSize ?? Number.POSITIVE_INFINITY, limit - found.length);
    const { Items: items, LastEvaluatedKey: last } = await fetchPage(at, asked, size, after);
    found.push(...items.map(itemOf).filter(({ expiresAt }) => !isExpired(expiresAt, now)));
    if (last === undefined) break;
    if (keys.has(JSON.stringify(last))) throw noPage(at, "it ends where an earlier one did, and would never end");
    keys.add(JSON.stringify(last));
    after = last;
  }
  return found;
}

async function fetchPage(
  at: Listed,
  { index, range }: Asked,
  size: number,
  after: QueryCommandInput["ExclusiveStartKey"],
): Promise<v.InferOutput<typeof Page>> {
  const sortKey = index === undefined ? FLEET_TABLE.sortKey : FLEET_TABLE.indexes[index];
  const command = new QueryCommand({
    TableName: at.table,
    ConsistentRead: true,
    KeyConditionExpression: range === undefined ? "#pk = :pk" : `#pk = :pk AND #sort ${range.operator} :sort`,
    ExpressionAttributeNames: { "#pk": FLEET_TABLE.partitionKey, ...(range === undefined ? {} : { "#sort": sortKey }) },
    ExpressionAttributeValues: { ":pk": at.partition, ...(range === undefined ? {} : { ":sort": range.value }) },
    ...(index === undefined ? {} : { IndexName: index }),
    ...(size === Number.POSITIVE_INFINITY ? {} : { Limit: size }),
    ...(after === undefined ? {} : { ExclusiveStartKey: after }),
  });
  try {
    const parsed = parseWith(Page, await at.client.send(command));
    if (parsed.ok) return parsed.value;
    throw noPage(at, parsed.problems.map(({ field }) => field).join(", "));
  } catch (cause) {
    const what = `cannot list the ${at.partition} in ${at.table}`;
    // IAM has an index for a resource of its own.
    const resource = index === undefined ? at.table : `${at.table}/index/${index}`;
    throw dynamoError(cause, { what, action: "dynamodb:Query", resource });
  }
}

function noPage({ table, partition }: Listed, why: string): RetryableError {
  return new RetryableError(`cannot list the ${partition} in ${table}: the answer is no page of a query (${why})`, {
    reason: "list-malformed",
    field: "table",
    value: table,
    remedy: "It is tried again; if it stays, a proxy before DynamoDB or an emulator is at fault.",
  });
}

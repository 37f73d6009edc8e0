import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { dynamoError } from "#aws/dynamo-error";
import { FLEET_TABLE, type Placement } from "#aws/fleet-table";
import { type Asked, type Item, itemOf, listItems } from "#aws/table-listing";
import { writeItem } from "#aws/table-write";
import type { Clock } from "#fleet/clock";
import { isExpired } from "#fleet/expiry";
import type { Stored } from "#fleet/registry";
import { readVersioned, type Versioned } from "#fleet/versioned";

export interface TableOptions {
  readonly client: DynamoDBClient;
  /** Name of a table as FLEET_TABLE describes it. */
  readonly table: string;
  readonly clock: Clock;
  /** Records of a page at most. Default: what fits into the megabyte that DynamoDB reads at once. */
  readonly pageSize?: number;
}

/** One kind of record on the table. */
export interface RecordKind<T> {
  readonly partition: string;
  readonly versioned: Versioned<T>;
  readonly keyOf: (record: T) => string;
  readonly placementOf: (record: T) => Placement;
}

/** Records of one kind. Reads are consistent; what has expired is not there, whether or not DynamoDB has deleted it yet. */
export interface TableRecords<T> {
  get(key: string): Promise<Stored<T> | undefined>;
  /** Writes if the stored version is still `expected` (0: must not exist yet); else throws ConflictError. Returns the new version. */
  put(record: T, expected: number): Promise<number>;
  /** In the order of the index, or of the keys. Whole, or it throws. */
  list(asked: Asked): Promise<readonly T[]>;
}

// What goes in has been JSON: its numbers are JavaScript's, also those above the safe integers.
const AS_JSON = { marshallOptions: { allowImpreciseNumbers: true }, unmarshallOptions: { wrapNumbers: Number } };

export function tableRecords<T>(options: TableOptions, kind: RecordKind<T>): TableRecords<T> {
  const { partition, versioned } = kind;
  const at = { ...options, partition, client: DynamoDBDocumentClient.from(options.client, AS_JSON) };
  const nameOf = (key: string) => `the ${versioned.kind} of ${key}`;
  const recordOf = ({ key, record }: Item): T => readVersioned(versioned, record, key);
  return {
    get: async (key) => {
      const item = await fetchItem({ ...at, what: nameOf(key) }, key);
      if (item === undefined || isExpired(item.expiresAt, at.clock.now())) return undefined;
      return { record: recordOf(item), version: item.version };
    },
    put: (record, expected) => {
      const key = kind.keyOf(record);
      const change = { partition, key, record, placement: kind.placementOf(record), expected };
      return writeItem({ ...at, what: nameOf(key) }, change);
    },
    list: async (asked) => (await listItems(at, asked)).map(recordOf),
  };
}

interface Fetched {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly partition: string;
  readonly what: string;
}

async function fetchItem({ client, table, partition, what }: Fetched, key: string): Promise<Item | undefined> {
  const Key = { [FLEET_TABLE.partitionKey]: partition, [FLEET_TABLE.sortKey]: key };
  try {
    const { Item: item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return item === undefined ? undefined : itemOf(item);
  } catch (cause) {
    throw dynamoError(cause, { what: `cannot read ${what}`, action: "dynamodb:GetItem", resource: table });
  }
}

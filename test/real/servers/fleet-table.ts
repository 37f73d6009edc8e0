import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { awsConfig } from "#aws/config";
import { FLEET_TABLE } from "#aws/fleet-table";
import type { Emulator } from "#test/real/servers/ministack";

const { partitionKey, sortKey, indexes, ttl, stream } = FLEET_TABLE;

/** Makes a table of its own as FLEET_TABLE describes it; returns its name. */
export async function createFleetTable(client: DynamoDBClient): Promise<string> {
  const TableName = `musterbook-${randomUUID()}`;
  const keys = [partitionKey, sortKey, ...Object.values(indexes)];
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: keySchema(sortKey),
      LocalSecondaryIndexes: Object.entries(indexes).map(([IndexName, range]) => ({
        IndexName,
        KeySchema: keySchema(range),
        Projection: { ProjectionType: "ALL" },
      })),
      StreamSpecification: { StreamEnabled: true, StreamViewType: stream },
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: ttl, Enabled: true } }),
  );
  return TableName;
}

function keySchema(range: string): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey, KeyType: "HASH" },
    { AttributeName: range, KeyType: "RANGE" },
  ];
}

/** A table of its own on an emulator, and a way to put items there past the adapters. */
export async function fleetTableOn({ url }: Emulator) {
  const client = new DynamoDBClient(awsConfig({ region: "eu-west-1", endpoint: url }));
  const documents = DynamoDBDocumentClient.from(client);
  const table = await createFleetTable(client);
  const plant = async (item: Readonly<Record<string, unknown>>): Promise<void> => {
    await documents.send(new PutCommand({ TableName: table, Item: item }));
  };
  return { client, table, plant };
}

import { randomInt } from "node:crypto";
import { DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateHostedZoneCommand } from "@aws-sdk/client-route-53";
import { CreateBucketCommand, PutBucketNotificationConfigurationCommand } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { type AwsScope, awsConfig } from "#aws/config";
import { route53Client } from "#aws/route53-client";
import { s3Client } from "#aws/s3-client";
import type { FleetConfig } from "#config/fleet-config";
import type { Installation } from "#functions/installation";
import { functions, queues, rules, subscriptions, topics } from "#stacks/wiring";
import { type Installed, installWiring } from "#test/real/aws/wiring";
import { createFleetTable } from "#test/real/servers/fleet-table";
import { scratchFolder } from "#test/real/servers/scratch";

export interface InstallationOptions {
  readonly config: FleetConfig;
  /** Where Musterbook runs; the endpoint is ministack's. */
  readonly hub: AwsScope & { readonly endpoint: string };
  /** By name. */
  readonly secrets: Readonly<Record<string, string>>;
}

export interface Installing extends Pick<Installation, "table" | "zoneId" | "state" | "queueUrls" | "topicArns"> {
  readonly queueArns: Installed<string, string>["queueArns"];
  /** Of the table's stream. */
  readonly streamArn: string;
  readonly workDir: string;
}

/** Makes on ministack what an installation needs: everything of the wiring, table, zone, buckets, secrets. */
export async function install({ config, hub, secrets }: InstallationOptions): Promise<Installing> {
  const wired = await installWiring(hub, { queues, rules, subscriptions, topics, functions });
  const database = new DynamoDBClient(awsConfig(hub));
  const table = await createFleetTable(database);
  const { Table } = await database.send(new DescribeTableCommand({ TableName: table }));
  const secretsManager = new SecretsManagerClient(awsConfig(hub));
  for (const [Name, SecretString] of Object.entries(secrets)) {
    await secretsManager.send(new CreateSecretCommand({ Name, SecretString }));
  }
  const state = `musterbook-state-${randomInt(1e9)}`;
  await makeBucket(hub, state);
  return {
    ...wired,
    table,
    streamArn: Table?.LatestStreamArn ?? "",
    zoneId: await makeZone(hub, config.zone),
    state: { url: `s3://${state}`, endpoint: hub.endpoint, region: hub.region },
    workDir: await scratchFolder(),
  };
}

/** A private zone. */
export async function makeZone(hub: AwsScope, Name: string): Promise<string> {
  const zone = {
    Name,
    CallerReference: String(randomInt(1e9)),
    VPC: { VPCId: "vpc-0hub", VPCRegion: "eu-west-1" },
  } as const;
  const { HostedZone } = await route53Client(hub).send(new CreateHostedZoneCommand(zone));
  return HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
}

/** A bucket; with `events` it tells the default bus of its objects. */
export async function makeBucket(
  { endpoint = "", region, credentials }: AwsScope,
  Bucket: string,
  { events = false } = {},
): Promise<void> {
  const s3 = s3Client({ endpoint, region, ...(credentials === undefined ? {} : { credentials }) });
  await s3.send(new CreateBucketCommand({ Bucket }));
  if (!events) return;
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
}

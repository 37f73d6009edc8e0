import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { awsConfig } from "#aws/config";
import { dynamoAlertStates } from "#aws/dynamo-alert-states";
import { s3Bucket } from "#aws/s3-bucket";
import { s3ObjectStore } from "#aws/s3-object-store";
import { secretsManager } from "#aws/secrets";
import { snsTopics } from "#aws/sns-topics";
import { sqsQueues } from "#aws/sqs-queues";
import type { Bucket } from "#blocks/bucket/bucket";
import type { InstallationConfig } from "#config/installation-config";
import type { Clock } from "#fleet/clock";
import type { Installation } from "#functions/installation";
import { logTo } from "#functions/logger";
import type { CommonPorts } from "#functions/ports";

type Any = Installation<InstallationConfig>;

/** The table of an installation, for the adapters of its kinds of records. */
export function recordsOf({ hub, table }: Pick<Any, "hub" | "table">, clock: Clock) {
  return { client: new DynamoDBClient(awsConfig(hub)), table, clock };
}

/**
 * The outside on AWS of every function that knows no clusters. One client per service, and one per bucket or folder of ours in
 * S3, kept for the life of the process.
 */
export function commonPorts(installation: Any, clock: Clock, records = recordsOf(installation, clock)): CommonPorts {
  const { config, hub, state, queueUrls, topicArns } = installation;
  const logger = new Logger({ serviceName: "musterbook" });
  return {
    ...{ clock, logger, log: logTo(logger), config, fetch },
    queues: sqsQueues(hub, queueUrls),
    topics: snsTopics(hub, topicArns),
    alertStates: dynamoAlertStates(records),
    indexes: s3ObjectStore(`${state.url}/indexes`, state),
    reports: s3ObjectStore(`${state.url}/reports`, state),
    bucket: keptBuckets(),
    secret: secretsManager({ client: new SecretsManagerClient(awsConfig(hub)), clock }),
  };
}

/** Opens each bucket once: it holds the connections of its client. */
function keptBuckets(): CommonPorts["bucket"] {
  const opened = new Map<string, Bucket>();
  return ({ url, endpoint, region }) => {
    const key = JSON.stringify([url, endpoint, region]);
    const at = { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) };
    const bucket = opened.get(key) ?? s3Bucket(url, at);
    opened.set(key, bucket);
    return bucket;
  };
}

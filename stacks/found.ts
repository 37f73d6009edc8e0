import { bucketsByRegion } from "#stacks/regions";
import type { Stage } from "#stacks/stage";

/** What the configuration names and must be there already. Each that is not stops the deploy before anything is made. */
export async function found(stage: Stage): Promise<{
  readonly zoneId: string | undefined;
  readonly slackSecretArn: string | undefined;
}> {
  const { config, fleet, functions } = stage;
  if (functions.includes("audit-bucket")) await checkBuckets(stage);
  const zoneId = fleet === undefined ? undefined : await privateZone(fleet.zone);
  const secret = config.alerts.slackWebhookSecret;
  return { zoneId, slackSecretArn: secret === undefined ? undefined : await secretArn(secret) };
}

async function privateZone(name: string): Promise<string> {
  const remedy = "Make it, associated with the observer's VPC, or write the name of one that exists.";
  const zone = await aws.route53
    .getZone({ name, privateZone: true })
    .catch((cause: unknown) => stop("zone", name, `there is no private hosted zone ${name}. ${remedy}`, cause));
  return zone.zoneId;
}

async function secretArn(name: string): Promise<string> {
  const remedy = `aws secretsmanager create-secret --name ${name} --secret-string <the webhook's URL>`;
  const secret = await aws.secretsmanager
    .getSecret({ name })
    .catch((cause: unknown) =>
      stop("alerts.slackWebhookSecret", name, `there is no secret ${name}. Make it: ${remedy}`, cause),
    );
  return secret.arn;
}

async function checkBuckets({ config, region: home }: Stage): Promise<void> {
  for (const { region = home, buckets } of bucketsByRegion(config)) {
    for (const bucket of buckets) await checkBucket(bucket, region);
  }
}

async function checkBucket(bucket: string, region: string): Promise<void> {
  const { bucketRegion } = await aws.s3
    .getBucket({ bucket, region })
    .catch((cause: unknown) =>
      stop("buckets", bucket, "the bucket is not there, or you may not see it: check its name and your rights", cause),
    );
  if (bucketRegion !== region)
    stop("buckets", bucket, `it is in ${bucketRegion} and not in ${region}: write region: "${bucketRegion}"`);
}

function stop(field: string, value: string, remedy: string, cause?: unknown): never {
  throw new Error(`fleet.config.ts cannot be deployed:\n${field}: ${JSON.stringify(value)}: ${remedy}`, { cause });
}

import { auditedBuckets, isOwn } from "#stacks/regions";
import type { Stage } from "#stacks/stage";

/** What the configuration names and must be there already. Each that is not stops the deploy before anything is made. */
export async function found(stage: Stage): Promise<{
  readonly zoneId: string | undefined;
  readonly slackSecretArn: string | undefined;
}> {
  const { config, fleet, functions } = stage;
  if (functions.includes("audit-bucket")) await checkBuckets(stage);
  for (const vpc of stage.vpcs) await checkVpc(stage, vpc);
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

/** A member's bucket lets the hub's functions in and not, as a rule, who deploys them: `musterbook doctor` looks at those. */
async function checkBuckets(stage: Stage): Promise<void> {
  const own = auditedBuckets(stage.config).filter((bucket) => isOwn(stage, bucket));
  for (const { name, region } of own) await checkBucket(name, region ?? stage.region);
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

/** Where the reconciler of a VPC is to be: subnets of the hub's account and region, and security groups of the same VPC as they. */
async function checkVpc({ region }: Stage, { subnets, securityGroups }: Stage["vpcs"][number]): Promise<void> {
  const where = `in ${region} of the hub's account, where the reconciler runs`;
  const homes = new Set<string>();
  for (const id of subnets) {
    const remedy = `there is no such subnet ${where}: name one there, in this VPC or with a route to it`;
    const subnet = await aws.ec2
      .getSubnet({ id })
      .catch((cause: unknown) => stop("reach.vpc.subnets", id, remedy, cause));
    homes.add(subnet.vpcId);
  }
  for (const id of securityGroups) {
    const remedy = `there is no such security group ${where}`;
    const { vpcId } = await aws.ec2
      .getSecurityGroup({ id })
      .catch((cause: unknown) => stop("reach.vpc.securityGroups", id, remedy, cause));
    homes.add(vpcId);
  }
  if (homes.size === 1) return;
  const found = [...homes].join(" and ");
  stop("reach.vpc.subnets", subnets.join(", "), `these and the security groups are of ${found}: name those of one VPC`);
}

function stop(field: string, value: string, remedy: string, cause?: unknown): never {
  throw new Error(`fleet.config.ts cannot be deployed:\n${field}: ${JSON.stringify(value)}: ${remedy}`, { cause });
}

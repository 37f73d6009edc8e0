import { formatProblems, type Problem } from "#config/schema";
import { type AuditedBucket, auditedBuckets, isOwn } from "#stacks/regions";
import type { Stage } from "#stacks/stage";

/** What the configuration names and must be there already. All that is not is told at once, before anything is made. */
export async function found(stage: Stage): Promise<{
  readonly zoneId: string | undefined;
  readonly slackSecretArn: string | undefined;
}> {
  const { config, fleet, functions } = stage;
  const secret = config.alerts.slackWebhookSecret;
  const zone = fleet === undefined ? undefined : privateZone(fleet.zone);
  const slack = secret === undefined ? undefined : secretArn(secret);
  const buckets = functions.includes("audit-bucket") ? ownBuckets(stage).map((one) => checkBucket(stage, one)) : [];
  const vpcs = stage.vpcs.map((vpc, at) => checkVpc(stage, vpc, `reach.vpc.${at}`));
  await stopAtProblems([zone, slack, ...buckets, ...vpcs]);
  return { zoneId: await zone, slackSecretArn: await slack };
}

/** Something named in the configuration is not as it says. */
class NotFound extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.remedy, { cause });
    this.problem = problem;
  }
}

async function stopAtProblems(checks: readonly (Promise<unknown> | undefined)[]): Promise<void> {
  const results = await Promise.allSettled(checks);
  const reasons: readonly unknown[] = results.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  if (reasons.length === 0) return;
  const defect = reasons.find((reason) => !(reason instanceof NotFound));
  if (defect !== undefined) throw defect;
  const problems = reasons.flatMap((reason) => (reason instanceof NotFound ? [reason.problem] : []));
  throw new AggregateError(reasons, `fleet.config.ts cannot be deployed:\n${formatProblems(problems)}`);
}

async function privateZone(name: string): Promise<string> {
  const remedy = `there is no private hosted zone ${name}: make it, associated with the observer's VPC, or write the name of one that exists`;
  const zone = await aws.route53.getZone({ name, privateZone: true }).catch(notFound("zone", name, remedy));
  return zone.zoneId;
}

async function secretArn(name: string): Promise<string> {
  const remedy = `there is no such secret: aws secretsmanager create-secret --name ${name} --secret-string <the webhook's URL>`;
  const secret = await aws.secretsmanager
    .getSecret({ name })
    .catch(notFound("alerts.slackWebhookSecret", name, remedy));
  return secret.arn;
}

/** A member's bucket lets the hub's functions in and not, as a rule, who deploys them: `musterbook doctor` looks at those. */
function ownBuckets(stage: Stage): readonly AuditedBucket[] {
  return auditedBuckets(stage.config).filter((bucket) => isOwn(stage, bucket));
}

async function checkBucket({ region: home }: Stage, { at, name, region }: AuditedBucket): Promise<void> {
  const missing = `the bucket ${name} is not there, or you may not see it: check its name and your rights`;
  const { bucketRegion } = await aws.s3
    .getBucket({ bucket: name, region: region ?? home })
    .catch(notFound(`buckets.${at}.url`, `s3://${name}`, missing));
  if (bucketRegion === (region ?? home)) return;
  const remedy = `the bucket ${name} is in ${bucketRegion} and not in ${region ?? home}: write region: "${bucketRegion}"`;
  throw new NotFound({ field: `buckets.${at}.region`, value: region, remedy });
}

/** Where the reconciler of a VPC is to be: subnets of the hub's account and region, and security groups of the same VPC as they. */
async function checkVpc(
  { region }: Stage,
  { subnets, securityGroups }: Stage["vpcs"][number],
  field: string,
): Promise<void> {
  const where = `in ${region} of the hub's account, where the reconciler runs`;
  const homes = new Set<string>();
  for (const [at, id] of subnets.entries()) {
    const remedy = `there is no such subnet ${where}: name one there, in this VPC or with a route to it`;
    const subnet = await aws.ec2.getSubnet({ id }).catch(notFound(`${field}.subnets.${at}`, id, remedy));
    homes.add(subnet.vpcId);
  }
  for (const [at, id] of securityGroups.entries()) {
    const remedy = `there is no such security group ${where}`;
    const group = await aws.ec2.getSecurityGroup({ id }).catch(notFound(`${field}.securityGroups.${at}`, id, remedy));
    homes.add(group.vpcId);
  }
  if (homes.size === 1) return;
  const remedy = `these and the security groups are of ${[...homes].join(" and ")}: name those of one VPC`;
  throw new NotFound({ field: `${field}.subnets`, value: subnets.join(", "), remedy });
}

function notFound(field: string, value: string, remedy: string): (cause: unknown) => never {
  return (cause) => {
    throw new NotFound({ field, value, remedy }, cause);
  };
}

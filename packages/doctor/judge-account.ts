import type { ClusterQuota, Concurrency, Identity, Subscription, Trail } from "#doctor/facts";
import { failure, ok, type Verdict, warning } from "#doctor/line";

export function judgeIdentity({ account, arn }: Identity, wanted: string | undefined): Verdict {
  if (wanted === undefined || account === wanted) return ok(arn);
  const remedy = `Use credentials of ${wanted}, or write the account that you deploy to into principalArn.`;
  return failure(`${arn} is of account ${account}, and principalArn says that the hub is ${wanted}`, remedy);
}

/** AWS refuses a signature whose time is five minutes off. */
const REFUSED_MS = 300_000;
/** An answer says its time in whole seconds, and takes some to come. */
const TOLERATED_MS = 30_000;

export function judgeClock(theirs: Date, ours: Date): Verdict {
  const skew = Math.abs(theirs.getTime() - ours.getTime());
  const seconds = Math.round(skew / 1000);
  if (skew <= TOLERATED_MS) return ok("this machine and AWS agree on the time");
  const remedy = "Let chrony or NTP set this machine's clock.";
  const text = `this machine's clock is ${seconds} s ${ours < theirs ? "behind" : "ahead of"} AWS's`;
  return skew < REFUSED_MS ? warning(text, remedy) : failure(`${text}: requests are refused from 300 s on`, remedy);
}

export function judgeTrails(trails: readonly Trail[], region: string): Verdict {
  const hearing = trails.find(({ logging, managementWrites }) => logging && managementWrites);
  if (hearing !== undefined) return ok(`${hearing.name} records management events`);
  const silent = trails.map(
    ({ name, logging }) => `${name} ${logging ? "records no management writes" : "is stopped"}`,
  );
  const text = silent.length === 0 ? "no trail covers this region" : silent.join(", ");
  const remedy = `Without one EventBridge sees no CreateCluster in ${region}, and clusters are found by the sweep, 15 minutes later: let a trail with management events cover ${region}.`;
  return warning(text, remedy);
}

/** What Lambda wants left for functions that reserve nothing. */
const UNRESERVED_LEAST = 100;

export function judgeConcurrency({ limit, unreserved }: Concurrency, reserved: number): Verdict {
  const needed = reserved + UNRESERVED_LEAST;
  const text = `${limit} executions at once, ${unreserved} of them not reserved; Musterbook reserves ${reserved} and Lambda wants ${UNRESERVED_LEAST} left`;
  if (limit >= needed) return ok(text);
  return failure(text, `Ask for 1000: Service Quotas, AWS Lambda, "Concurrent executions".`);
}

/** From here on the next clusters may not come to be. */
const NEARLY_FULL = 0.9;

export function judgeClusterQuota({ limit, used }: ClusterQuota): Verdict {
  const text = `${used} of ${limit} clusters`;
  if (used < limit * NEARLY_FULL) return ok(text);
  return warning(text, `Ask for more before it is full: Service Quotas, Amazon EKS, "Clusters".`);
}

export function judgeRights(denied: readonly string[], asked: number): Verdict {
  if (denied.length === 0) return ok(`you may do the ${asked} things that a deploy begins with`);
  const remedy = "Deploy with a role that may; docs/deploy.md says what a deploy makes.";
  return failure(`you may not ${denied.join(", ")}`, remedy);
}

export function judgeSubscriptions(
  subscriptions: readonly Subscription[] | undefined,
  operators: readonly string[],
): Verdict {
  if (subscriptions === undefined) return ok("not deployed yet");
  const open = subscriptions.filter(({ confirmed }) => !confirmed).map(({ endpoint }) => endpoint);
  if (open.length > 0) {
    const remedy = "Open the mail of AWS Notifications and confirm; it holds for three days, then deploy again.";
    return failure(`${open.join(", ")} did not confirm: no alarm arrives there`, remedy);
  }
  const missing = operators.filter((one) => !subscriptions.some(({ endpoint }) => endpoint === one));
  if (missing.length > 0) return failure(`${missing.join(", ")} has no subscription`, "Deploy again.");
  if (subscriptions.length > 0) return ok(`${subscriptions.length} confirmed`);
  return warning(
    "nobody is told of alarms",
    "Write addresses into alerts.operators, or subscribe something to the topic.",
  );
}

import { parseS3Url } from "#aws/s3-url";
import type { FleetConfig } from "#config/fleet-config";
import type { InstallationConfig } from "#config/installation-config";

/** Where an installation is, and for what fleet. */
interface Home {
  readonly config: InstallationConfig;
  /** The same where there is a fleet of clusters. */
  readonly fleet: FleetConfig | undefined;
  readonly account: string;
  readonly region: string;
}

export interface AuditedBucket {
  /** Its place among the buckets of the configuration. */
  readonly at: number;
  readonly name: string;
  /** The account that the configuration gives; undefined for the hub's. */
  readonly account: string | undefined;
  /** The region that the configuration gives; undefined for the hub's. */
  readonly region: string | undefined;
}

/** The audited buckets that are on S3 itself. */
export function auditedBuckets({ buckets }: InstallationConfig): readonly AuditedBucket[] {
  return buckets.flatMap(({ url, account, region, endpoint }, at) =>
    url.startsWith("s3://") && endpoint === undefined ? [{ at, name: parseS3Url(url).bucket, account, region }] : [],
  );
}

/** Whether a bucket belongs to the hub's own account. */
export function isOwn(hub: Pick<Home, "account">, { account }: AuditedBucket): boolean {
  return account === undefined || account === hub.account;
}

/** Other accounts whose events the hub hears: those of its clusters, and those of its buckets. */
export function memberAccounts({ config, fleet, account }: Omit<Home, "region">): readonly string[] {
  const ofBuckets = auditedBuckets(config).flatMap((bucket) => bucket.account ?? []);
  const all = [...(fleet?.scopes ?? []).map((scope) => scope.account), ...ofBuckets];
  return [...new Set(all)].filter((other) => other !== account);
}

/** Other regions of the hub's account where events for a queue arise. */
export function ruleRegions(home: Home, queue: string): readonly string[] {
  const { config, fleet, account, region } = home;
  const regions =
    queue === "block-events"
      ? auditedBuckets(config)
          .filter((bucket) => isOwn(home, bucket))
          .map((bucket) => bucket.region ?? region)
      : (fleet?.scopes ?? []).filter((scope) => scope.account === account).flatMap((scope) => scope.regions);
  return [...new Set(regions)].filter((other) => other !== region);
}

/** Accounts and regions other than the hub's, each once: where clusters are looked for, or audited buckets are. */
export function memberPlaces(home: Home): readonly { readonly account: string; readonly region: string }[] {
  const { config, fleet, account: hub, region: hubRegion } = home;
  const ofScopes = (fleet?.scopes ?? []).flatMap(({ account, regions }) =>
    regions.map((region) => ({ account, region })),
  );
  const ofBuckets = auditedBuckets(config).flatMap(({ account, region = hubRegion }) =>
    account === undefined ? [] : [{ account, region }],
  );
  const all = [...ofScopes, ...ofBuckets].filter(({ account }) => account !== hub);
  return [...new Map(all.map((place) => [`${place.account} ${place.region}`, place])).values()];
}

import { parseS3Url } from "#aws/s3-url";
import type { InstallationConfig } from "#config/installation-config";
import type { Stage } from "#stacks/stage";

/** Names of the audited buckets that are on S3 itself, by the region that the configuration gives; undefined for the hub's. */
export function bucketsByRegion({ buckets }: InstallationConfig) {
  const byRegion = new Map<string | undefined, string[]>();
  for (const { url, region, endpoint } of buckets) {
    if (!url.startsWith("s3://") || endpoint !== undefined) continue;
    byRegion.set(region, [...(byRegion.get(region) ?? []), parseS3Url(url).bucket]);
  }
  return [...byRegion].map(([region, names]) => ({ region, buckets: names }));
}

/** Other regions of the hub's account where events for a queue arise. */
export function ruleRegions({ config, fleet, account, region }: Stage, queue: string): readonly string[] {
  const regions =
    queue === "block-events"
      ? bucketsByRegion(config).map((entry) => entry.region ?? region)
      : (fleet?.scopes ?? []).filter((scope) => scope.account === account).flatMap((scope) => scope.regions);
  return [...new Set(regions)].filter((other) => other !== region);
}

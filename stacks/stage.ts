import type { FleetConfig } from "#config/fleet-config";
import { hasFleet, type InstallationConfig } from "#config/installation-config";
import { formatProblems } from "#config/schema";
import { parseConfig } from "#fleet/load-config";
import { functionsOf } from "#stacks/capabilities";
import type { InstanceName } from "#stacks/vpcs";

/** Where one installation goes, and what belongs to it. */
export interface Stage {
  readonly config: InstallationConfig;
  /** The same configuration where it describes a fleet of clusters. */
  readonly fleet: FleetConfig | undefined;
  /** The configuration as it was written: what functions read again. */
  readonly source: unknown;
  readonly functions: readonly InstanceName[];
  /** VPCs with a reconciler. */
  readonly vpcs: FleetConfig["reach"]["vpc"];
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  /** Kept on removal, and protected from it. */
  readonly isPermanent: boolean;
  /** The name of something in this stage, such as `musterbook-prod-clusters.fifo`. */
  readonly name: (of: string) => string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The configuration at the door. Throws with every problem, before anything is made. */
export async function readStage(input: unknown): Promise<Stage> {
  const parsed = parseConfig(input, new Date());
  if (!parsed.ok) throw new Error(`fleet.config.ts cannot be deployed:\n${formatProblems(parsed.problems)}`);
  const [{ accountId: account }, { region }, { partition }] = await Promise.all([
    aws.getCallerIdentity(),
    aws.getRegion(),
    aws.getPartition(),
  ]);
  return {
    config: parsed.value,
    fleet: hasFleet(parsed.value) ? parsed.value : undefined,
    source: input,
    functions: functionsOf(parsed.value),
    vpcs: hasFleet(parsed.value) ? parsed.value.reach.vpc : [],
    ...{ account, region, partition },
    isPermanent: $app.removal !== "remove",
    name: (of) => `${$app.name}-${$app.stage}-${of.replace(/^musterbook-/, "")}`,
    tags: { "musterbook:stage": $app.stage },
  };
}

/** `clusters.fifo` as a logical name: `ClustersFifo`. */
export function logicalName(name: string): string {
  return name.replace(/(?:^|[^a-zA-Z0-9])([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

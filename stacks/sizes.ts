import { AUDIT_MEMORY_MB } from "#config/audit-memory";
import type { InstallationConfig } from "#config/installation-config";
import { functionOf, type InstanceName, vpcOf } from "#stacks/vpcs";
import type { FunctionName } from "#stacks/wiring";

export interface Size {
  readonly memoryMb: number;
  /** x86_64 only where the layer with helm is: arm64 costs a fifth less. */
  readonly architecture: "arm64" | "x86_64";
  /** Invocations at once, where the pace of something else needs a limit. */
  readonly reserved?: number;
}

/** A function gets a CPU at 1769 MB; what waits for others needs little of one. */
const WAITS = { memoryMb: 256, architecture: "arm64" } as const;

/** A bucket's index as a whole: how much that is the configuration says. */
const HOLDS_AN_INDEX = { memoryMb: AUDIT_MEMORY_MB, architecture: "arm64" } as const;

const sizes: Readonly<Record<FunctionName, Size>> = {
  "route-cluster-event": WAITS,
  // helm renders the chart in memory (300 MB) beside us. Ten at once: EKS and Route53 (5 requests a second per account)
  // are everybody's; a thousand clusters are looked at within minutes all the same.
  "reconcile-cluster": { memoryMb: 1536, architecture: "x86_64", reserved: 10 },
  "enqueue-due": WAITS,
  // Listings of all accounts, eight at a time.
  "sweep-fleet": { memoryMb: 512, architecture: "arm64", reserved: 1 },
  // The one writer of the store list; the Kubernetes client takes 90 MB.
  "publish-store-list": { memoryMb: 512, architecture: "arm64", reserved: 1 },
  "check-store-list": { memoryMb: 512, architecture: "arm64", reserved: 1 },
  // Two at once: all of a busy hour's blocks are in one shard, and whoever loses the write of it reads and writes again.
  "index-block": { memoryMb: 512, architecture: "arm64", reserved: 2 },
  // How many listings and audits run at once the number of buckets bounds, and that of stretches.
  "enqueue-listings": WAITS,
  "list-bucket": HOLDS_AN_INDEX,
  "enqueue-audits": WAITS,
  "audit-bucket": HOLDS_AN_INDEX,
  "publish-alerts": { ...WAITS, reserved: 1 },
  // Slack takes one message a second per webhook.
  "notify-slack": { ...WAITS, reserved: 2 },
};

/** The private clusters of one VPC are few, and each reserved execution is taken from the account's. */
const RESERVED_IN_VPC = 2;

/** MB of a function in an installation. */
export function memoryOf(name: InstanceName, { audit }: Pick<InstallationConfig, "audit">): number {
  const size = sizes[functionOf(name)];
  return size === HOLDS_AN_INDEX ? audit.memoryMb : size.memoryMb;
}

export function sizeOf(name: InstanceName): Size {
  const size = sizes[functionOf(name)];
  return vpcOf(name) === undefined ? size : { ...size, reserved: RESERVED_IN_VPC };
}

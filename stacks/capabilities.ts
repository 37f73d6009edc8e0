import { hasFleet, type InstallationConfig } from "#config/installation-config";
import { functionOf, type InstanceName, wiringWith } from "#stacks/vpcs";
import type { FunctionName } from "#stacks/wiring";

/** What belongs to every installation, and what only to one that onboards, audits, or speaks to Slack. */
type Need = "always" | "onboarding" | "audit" | "slack";

const NEEDS: Readonly<Record<FunctionName, Need>> = {
  "route-cluster-event": "onboarding",
  "reconcile-cluster": "onboarding",
  "enqueue-due": "onboarding",
  "sweep-fleet": "onboarding",
  "publish-store-list": "onboarding",
  "check-store-list": "onboarding",
  "index-block": "audit",
  "enqueue-listings": "audit",
  "list-bucket": "audit",
  "enqueue-audits": "audit",
  "audit-bucket": "audit",
  "publish-alerts": "always",
  "notify-slack": "slack",
};

/** Functions of an installation, in the order of the wiring, and then the reconcilers of VPCs. */
export function functionsOf(config: InstallationConfig): readonly InstanceName[] {
  const has: Readonly<Record<Need, boolean>> = {
    always: true,
    onboarding: hasFleet(config),
    audit: config.capabilities.some((one) => one === "audit"),
    slack: config.alerts.slackWebhookSecret !== undefined,
  };
  const { functions } = wiringWith(hasFleet(config) ? config.reach.vpc.map(({ id }) => id) : []);
  return (Object.keys(functions) as InstanceName[]).filter((name) => has[NEEDS[functionOf(name)]]);
}

import { hasFleet, type InstallationConfig } from "#config/installation-config";
import { type FunctionName, functions } from "#stacks/wiring";

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
  "audit-bucket": "audit",
  "publish-alerts": "always",
  "notify-slack": "slack",
};

/** Functions of an installation, in the order of the wiring. */
export function functionsOf(config: InstallationConfig): readonly FunctionName[] {
  const has: Readonly<Record<Need, boolean>> = {
    always: true,
    onboarding: hasFleet(config),
    audit: config.capabilities.some((one) => one === "audit"),
    slack: config.alerts.slackWebhookSecret !== undefined,
  };
  return (Object.keys(functions) as FunctionName[]).filter((name) => has[NEEDS[name]]);
}

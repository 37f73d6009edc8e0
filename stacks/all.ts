import type { InstallationConfigInput } from "#config/installation-config";
import { alerts } from "#stacks/alerts";
import { audit } from "#stacks/audit";
import { clusterRole } from "#stacks/cluster-role";
import { events } from "#stacks/events";
import { found } from "#stacks/found";
import { onboarding } from "#stacks/onboarding";
import { operations } from "#stacks/operations";
import { readStage } from "#stacks/stage";
import { storage } from "#stacks/storage";
import { stores } from "#stacks/stores";

/** What `sst deploy` prints: names of the table and of our bucket, ARNs of the topics and of the hub's bus. */
interface Outputs {
  readonly table: $util.Output<string>;
  readonly state: $util.Output<string>;
  readonly alerts: $util.Output<string> | undefined;
  readonly operations: $util.Output<string>;
  readonly bus: $util.Output<string>;
}

/** The whole installation, in reading order. `config`: what `fleet.config.ts` exports. */
export async function musterbook(config: InstallationConfigInput): Promise<Outputs> {
  const stage = await readStage(config);
  const existing = await found(stage);
  const made = { ...existing, ...storage(stage), ...events(stage) };
  const { fleet, functions } = stage;
  if (fleet !== undefined) {
    clusterRole(fleet.principalArn, stage, [...onboarding(stage, made), ...stores(stage, made)]);
  }
  if (functions.includes("audit-bucket")) audit(stage, made);
  alerts(stage, made);
  const ops = operations(stage);
  return {
    table: made.table.name,
    state: made.state.name,
    alerts: made.topics.get("musterbook-alerts")?.arn,
    operations: ops.arn,
    bus: made.bus.arn,
  };
}

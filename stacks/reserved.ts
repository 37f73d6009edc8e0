import type { InstallationConfig } from "#config/installation-config";
import { functionsOf } from "#stacks/capabilities";
import { sizeOf } from "#stacks/sizes";

/** Executions at once that the functions of an installation reserve. */
export function reservedBy(config: InstallationConfig): number {
  return functionsOf(config).reduce((sum, name) => sum + (sizeOf(name).reserved ?? 0), 0);
}

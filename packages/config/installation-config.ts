import type * as v from "valibot";
import { AuditOnlyConfig, FleetConfig } from "#config/fleet-config";

/** What a user writes. */
export type InstallationConfigInput = v.InferInput<typeof AuditOnlyConfig> | v.InferInput<typeof FleetConfig>;
/** What every installation has; `hasFleet` tells whether there is a fleet of clusters besides. */
export type InstallationConfig = v.InferOutput<typeof AuditOnlyConfig> | FleetConfig;

/** For `fleet.config.ts`: gives the editor the fields and their doc lines. Checked when it is loaded. */
export function defineFleet(config: InstallationConfigInput): InstallationConfigInput {
  return config;
}

export function hasFleet(config: InstallationConfig): config is FleetConfig {
  return "scopes" in config;
}

/** The schema that an input is held to. Whatever does not say that it only audits is a fleet's. */
export function schemaFor(input: object): typeof AuditOnlyConfig | typeof FleetConfig {
  return saysAuditOnly(input) ? AuditOnlyConfig : FleetConfig;
}

/** Fields of an input that only a fleet of clusters has, although it says that it only audits. */
export function misplacedFields(input: object): readonly string[] {
  if (!saysAuditOnly(input)) return [];
  return Object.keys(input).filter((name) => name in FleetConfig.entries && !(name in AuditOnlyConfig.entries));
}

function saysAuditOnly(input: object): boolean {
  const capabilities: unknown = Reflect.get(input, "capabilities");
  return Array.isArray(capabilities) && capabilities.length === 1 && capabilities[0] === "audit";
}

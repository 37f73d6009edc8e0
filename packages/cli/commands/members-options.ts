import type { Command } from "commander";
import type { FleetConfig } from "#config/fleet-config";
import type { Hub } from "#members/parts";

export interface MembersOptions {
  readonly config: string;
  readonly hubRegion: string;
  readonly stage: string;
  readonly home?: string;
}

/** Which hub the members are of. */
export function membersOptions(command: Command): Command {
  return command
    .requiredOption("--hub-region <region>", "where Musterbook is deployed; its account is that of principalArn")
    .option("--stage <name>", "the stage of SST that it is deployed as", "prod")
    .option("--home <region>", "the region of a member in which its roles are made (default: the hub's)")
    .option("--config <file>", "the fleet's configuration", "fleet.config.ts");
}

export function hubOf({ principalArn }: FleetConfig, { hubRegion: region, stage }: MembersOptions): Hub {
  const [, partition = "aws", , , account = ""] = principalArn.split(":");
  return { account, region, partition, stage };
}

import { describe, inject } from "vitest";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { FLEET_TABLE } from "#aws/fleet-table";
import { defineRegistryContract, defineRegistryContractForOne, type MakeRegistry } from "#test/contracts/registry";
import { fleetTableOn } from "#test/real/servers/fleet-table";

function on(emulator: "ministack" | "moto"): MakeRegistry {
  return async ({ clock, versioned }) => {
    const { client, table, plant } = await fleetTableOn(inject(emulator));
    return {
      registry: dynamoRegistry({ client, table, clock, pageSize: 5 }, versioned),
      plant: (arn, record) =>
        plant({ pk: FLEET_TABLE.kinds.clusters, sk: arn, version: 1, dueAt: "1970-01-01T00:00:00.000Z", record }),
    };
  };
}

describe("on ministack", () => defineRegistryContract("dynamoRegistry", on("ministack")));

// moto looks at the condition and then writes, with other requests between the two.
describe("on moto", () => defineRegistryContractForOne("dynamoRegistry", on("moto")));

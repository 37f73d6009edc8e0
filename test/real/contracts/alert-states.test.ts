import { describe, inject } from "vitest";
import { dynamoAlertStates } from "#aws/dynamo-alert-states";
import { FLEET_TABLE } from "#aws/fleet-table";
import {
  defineAlertStatesContract,
  defineAlertStatesContractForOne,
  type MakeAlertStates,
} from "#test/contracts/alert-states";
import { fleetTableOn } from "#test/real/servers/fleet-table";

function on(emulator: "ministack" | "moto"): MakeAlertStates {
  return async ({ clock, versioned }) => {
    const { client, table, plant } = await fleetTableOn(inject(emulator));
    return {
      states: dynamoAlertStates({ client, table, clock, pageSize: 5 }, versioned),
      plant: (fingerprint, record) =>
        plant({ pk: FLEET_TABLE.kinds.alerts, sk: fingerprint, version: 1, firingSource: "audit:s3://blocks", record }),
    };
  };
}

describe("on ministack", () => defineAlertStatesContract("dynamoAlertStates", on("ministack")));

// moto looks at the condition and then writes, with other requests between the two.
describe("on moto", () => defineAlertStatesContractForOne("dynamoAlertStates", on("moto")));

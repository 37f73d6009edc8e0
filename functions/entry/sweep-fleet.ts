import { deployedForFleet } from "#functions/deployed-for-fleet";
import { sweepFleet } from "#functions/sweep-fleet";

export const handler = deployedForFleet(sweepFleet);

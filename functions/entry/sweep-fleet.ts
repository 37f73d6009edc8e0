import { deployedForFleet } from "#functions/deployed";
import { sweepFleet } from "#functions/sweep-fleet";

export const handler = deployedForFleet(sweepFleet);

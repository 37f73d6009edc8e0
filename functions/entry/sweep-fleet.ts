import { deployed } from "#functions/deployed";
import { sweepFleet } from "#functions/sweep-fleet";

export const handler = deployed(sweepFleet);

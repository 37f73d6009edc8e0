import { deployedForFleet } from "#functions/deployed-for-fleet";
import { enqueueDue } from "#functions/enqueue-due";

export const handler = deployedForFleet(enqueueDue);

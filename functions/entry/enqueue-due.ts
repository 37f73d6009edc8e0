import { deployedForFleet } from "#functions/deployed";
import { enqueueDue } from "#functions/enqueue-due";

export const handler = deployedForFleet(enqueueDue);

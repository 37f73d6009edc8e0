import { deployed } from "#functions/deployed";
import { enqueueDue } from "#functions/enqueue-due";

export const handler = deployed(enqueueDue);

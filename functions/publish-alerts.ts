import { publishPending } from "#alerts/publish";
import { onTick } from "#functions/lambda";

/** Publications per tick. */
const LIMIT = 500;

/** Transitions that were recorded by a function that died before it published them. */
export const publishAlerts = onTick((ports) => publishPending(ports, LIMIT));

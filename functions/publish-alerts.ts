import { publishPending } from "#alerts/publish";
import { onTick } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** Publications per tick. */
const LIMIT = 500;

/** Transitions that were recorded by a function that died before it published them. */
export const publishAlerts = onTick<CommonPorts>((ports) => publishPending(ports, LIMIT));

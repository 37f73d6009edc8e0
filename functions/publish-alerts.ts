import { publishPending } from "#alerts/publish";
import type { InstallationConfig } from "#config/installation-config";
import { onTick } from "#functions/lambda";

/** Publications per tick. */
const LIMIT = 500;

/** Transitions that were recorded by a function that died before it published them. */
export const publishAlerts = onTick<InstallationConfig>((ports) => publishPending(ports, LIMIT));

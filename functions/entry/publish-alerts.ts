import { deployed } from "#functions/deployed";
import { publishAlerts } from "#functions/publish-alerts";

export const handler = deployed(publishAlerts);

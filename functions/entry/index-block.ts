import { deployed } from "#functions/deployed";
import { indexBlockEvent } from "#functions/index-block";

export const handler = deployed(indexBlockEvent);

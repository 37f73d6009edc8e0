import { deployed } from "#functions/deployed";
import { enqueueAudits } from "#functions/enqueue-buckets";

export const handler = deployed(enqueueAudits);

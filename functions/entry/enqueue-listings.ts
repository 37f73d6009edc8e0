import { deployed } from "#functions/deployed";
import { enqueueListings } from "#functions/enqueue-buckets";

export const handler = deployed(enqueueListings);

import { onTick } from "#functions/lambda";
import { bringStoresUpToDate } from "#functions/publish-store-list";

/** What no change of the registry tells: an observer that was away or made anew, a pause that is over, an hour of the guard that has passed. */
export const checkStores = onTick(bringStoresUpToDate);

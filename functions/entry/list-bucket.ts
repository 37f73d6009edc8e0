import { deployed } from "#functions/deployed";
import { listOne } from "#functions/list-bucket";

export const handler = deployed(listOne);

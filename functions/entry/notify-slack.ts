import { deployed } from "#functions/deployed";
import { notifySlack } from "#functions/notify-slack";

export const handler = deployed(notifySlack);

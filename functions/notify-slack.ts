import { parseAlertEvent } from "#alerts/cloud-event";
import { slackPayload } from "#alerts/slack";
import { postSlack } from "#alerts/slack-webhook";
import { TerminalError } from "#fleet/errors";
import { onMessages } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** One post per transition; Slack's refusals decide whether the message comes again or is dead-lettered. */
export const notifySlack = onMessages<CommonPorts>(async ({ body, deadline }, ports) => {
  const url = await webhookUrl(ports);
  if (url === undefined) return ports.log.debug("no Slack webhook is configured");
  const signal = AbortSignal.timeout(Math.max(1, deadline.getTime() - ports.clock.now().getTime() - MARGIN_MS));
  await postSlack({ fetch: ports.fetch, url, payload: slackPayload(parseAlertEvent(body)), signal });
});

/** A post that hung until the invocation ends would bring back its whole batch, what Slack has taken included. */
const MARGIN_MS = 5_000;

async function webhookUrl({ config, secret }: CommonPorts): Promise<string | undefined> {
  const name = config.alerts.slackWebhookSecret;
  if (name === undefined) return undefined;
  const url = await secret(name);
  if (url !== undefined) return url;
  throw new TerminalError(`the secret ${name} does not exist`, {
    reason: "missing-secret",
    field: "alerts.slackWebhookSecret",
    value: name,
    remedy: `Store Slack's incoming webhook URL under the name ${name}, then redrive the dead-letter queue.`,
  });
}

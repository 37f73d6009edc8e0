import { type AlertEvent, parseAlertEvent } from "#alerts/cloud-event";
import { slackMessages } from "#alerts/slack-digest";
import { postSlack } from "#alerts/slack-webhook";
import { RetryableError, TerminalError } from "#fleet/errors";
import { together } from "#fleet/together";
import { type HandlerFactory, onMessages } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

/** One alert on its way to Slack. */
interface Telling {
  readonly event: AlertEvent;
  readonly deadline: Date;
  /** Why it did not get there. */
  failure?: unknown;
}

/**
 * One post per transition, or one digest where a batch holds many; Slack's refusals decide whether its messages come again
 * or are dead-lettered.
 */
export const notifySlack: HandlerFactory<CommonPorts> = (ports) => {
  const tell = together(async (tellings: readonly Telling[]) => {
    const failure = await failureOf(() => tellAll(tellings, ports));
    for (const telling of tellings) telling.failure ??= failure;
  });
  return onMessages<CommonPorts>(async ({ body, deadline }) => {
    const telling: Telling = { event: parseAlertEvent(body), deadline };
    await tell(telling);
    if (telling.failure !== undefined) throw telling.failure;
  })(ports);
};

/** One post after the other. After one that is to come again no other is tried: Slack asks for a pause, or is away. */
async function tellAll(tellings: readonly Telling[], ports: CommonPorts): Promise<void> {
  const url = await webhookUrl(ports);
  if (url === undefined) return ports.log.debug("no Slack webhook is configured");
  let pause: RetryableError | undefined;
  for (const { events, payload } of slackMessages(tellings.map(({ event }) => event))) {
    const those = tellings.filter(({ event }) => events.includes(event));
    const failure =
      pause ?? (await failureOf(() => postSlack({ fetch: ports.fetch, url, payload, signal: signalOf(those, ports) })));
    for (const telling of those) telling.failure = failure;
    if (failure instanceof RetryableError) pause = failure;
  }
}

async function failureOf(work: () => Promise<void>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** A post that hung until the invocation ends would bring back its whole batch, what Slack has taken included. */
const MARGIN_MS = 5_000;

function signalOf(tellings: readonly Telling[], { clock }: CommonPorts): AbortSignal {
  const deadline = Math.min(...tellings.map((telling) => telling.deadline.getTime()));
  return AbortSignal.timeout(Math.max(1, deadline - clock.now().getTime() - MARGIN_MS));
}

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

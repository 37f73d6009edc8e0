import type { SlackPayload } from "#alerts/slack";
import { cleanText } from "#alerts/text";
import { describeError, type ErrorDetails, RetryableError, TerminalError } from "#fleet/errors";

const DEFAULT_RETRY_AFTER_SECONDS = 30;
/** The longest that SQS hides a message. */
const MAX_RETRY_AFTER_SECONDS = 43_200;
const MAX_ANSWER = 200;

/** Slack asks for a pause. Going on sending risks that Slack disables the app. */
export class RateLimitedError extends RetryableError {
  override readonly name = "RateLimitedError";
  readonly retryAfterSeconds: number;

  constructor(message: string, details: ErrorDetails & { readonly retryAfterSeconds: number }) {
    super(message, details);
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

export interface SlackPost {
  readonly fetch: typeof fetch;
  /** The incoming webhook: a secret, so it stands in no error and no log. */
  readonly url: string;
  readonly payload: SlackPayload;
  readonly signal: AbortSignal;
}

/**
 * Posts to an incoming webhook. Returns only when Slack said `ok`. RateLimitedError for 429; RetryableError
 * `slack-unreachable` and `slack-unavailable` (5xx, an answer that is not Slack's); TerminalError `slack-refused-message`
 * (400) and `slack-refused-channel` (403, 404, 410 and the rest of 4xx, redirects).
 */
export async function postSlack(post: SlackPost): Promise<void> {
  const url = checkedUrl(post.url);
  const { status, retryAfter, answer } = await send(post, url);
  if (status === 200 && answer === "ok") return;
  throw errorOf(status, retryAfter, answer);
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly answer: string;
}

async function send({ fetch, payload, signal, url: secret }: SlackPost, url: URL): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body: JSON.stringify(payload),
      // A redirect would carry the message to somewhere else.
      redirect: "manual",
      signal,
    });
    const answer = masked(await response.text(), secret)
      .trim()
      .slice(0, MAX_ANSWER);
    return { status: response.status, retryAfter: response.headers.get("retry-after"), answer };
  } catch (error) {
    // No `cause`: what fetch throws may carry the URL.
    throw new RetryableError(`Slack cannot be reached: ${masked(describeError(error), secret)}`, {
      reason: "slack-unreachable",
      remedy: "Nothing, if it passes: the message comes again. Else look at the way out to hooks.slack.com.",
    });
  }
}

function errorOf(status: number, retryAfter: string | null, answer: string): Error {
  const said = `Slack answered ${status} ${answer}`.trim();
  if (status === 429) {
    return new RateLimitedError(said, {
      reason: "slack-rate-limited",
      remedy: "Nothing: the message comes again after the pause that Slack asks for.",
      retryAfterSeconds: secondsOf(retryAfter),
    });
  }
  if (status >= 500 || status === 408 || (status >= 200 && status < 300)) {
    return new RetryableError(said, {
      reason: "slack-unavailable",
      remedy:
        "Nothing, if it passes: the message comes again. Else look at status.slack.com and at proxies on the way.",
    });
  }
  if (status === 400) {
    return new TerminalError(said, {
      reason: "slack-refused-message",
      remedy: "This is a defect of Musterbook: report it with Slack's answer and the alert's id.",
    });
  }
  return new TerminalError(said, {
    reason: "slack-refused-channel",
    remedy:
      "Make a new incoming webhook for a channel that exists, store its URL in the secret named by alerts.slackWebhookSecret, then redrive the dead-letter queue.",
  });
}

function secondsOf(retryAfter: string | null): number {
  const seconds = /^\d{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : DEFAULT_RETRY_AFTER_SECONDS;
  return Math.min(Math.max(seconds, 1), MAX_RETRY_AFTER_SECONDS);
}

function checkedUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (url?.protocol === "https:" || (url?.protocol === "http:" && ["127.0.0.1", "localhost"].includes(url.hostname))) {
    return url;
  }
  throw new TerminalError("the Slack webhook in the secret is not an https URL", {
    reason: "slack-refused-channel",
    field: "alerts.slackWebhookSecret",
    remedy:
      "Store the URL of the incoming webhook as Slack shows it, beginning with https://hooks.slack.com/services/.",
  });
}

/** Without the webhook, whole or by its path, and without control characters. */
function masked(text: string, secret: string): string {
  const path = URL.parse(secret.trim())?.pathname ?? "";
  const parts = [secret, secret.trim(), path, ...path.split("/")].filter((part) => part.length > 3);
  return parts.reduce((rest, part) => rest.replaceAll(part, "(masked)"), cleanText(text));
}

import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { answerOf } from "#aws/answer";
import { awsError } from "#aws/aws-error";
import type { Clock } from "#fleet/clock";
import { describeError, TerminalError } from "#fleet/errors";

/** How long a rotated secret may go unnoticed: as long as a warm function may go without asking. */
const KEPT_MS = 5 * 60_000;

export interface SecretsOptions {
  readonly client: SecretsManagerClient;
  readonly clock: Clock;
}

/**
 * The current value of a secret by its name or ARN; undefined when there is none of that name. A value is kept for five
 * minutes, absence and errors are not. A secret that is to be deleted throws TerminalError `secret-deleted`, one that was
 * never given a value `secret-empty`.
 */
export function secretsManager({ client, clock }: SecretsOptions): (name: string) => Promise<string | undefined> {
  const kept = new Map<string, { readonly value: string; readonly until: number }>();
  return async (name) => {
    const now = clock.now().getTime();
    const known = kept.get(name);
    if (known !== undefined && now < known.until) return known.value;
    const value = await current(client, name);
    kept.delete(name);
    if (value !== undefined) kept.set(name, { value, until: now + KEPT_MS });
    return value;
  };
}

async function current(client: SecretsManagerClient, name: string): Promise<string | undefined> {
  const answer = await client.send(new GetSecretValueCommand({ SecretId: name })).catch((cause: unknown) => {
    const { code } = answerOf(cause);
    // One code for both; the words name the label of the value that is missing.
    if (code === "ResourceNotFoundException" && /staging label/i.test(describeError(cause))) throw empty(name, cause);
    if (code === "ResourceNotFoundException") return undefined;
    if (code === "InvalidRequestException") throw deleted(name, cause);
    const what = `cannot read the secret ${name}`;
    throw awsError(cause, { what, action: "secretsmanager:GetSecretValue", resource: name });
  });
  if (answer === undefined) return undefined;
  if (answer.SecretString !== undefined) return answer.SecretString;
  throw new TerminalError(`the secret ${name} is no text`, {
    reason: "secret-binary",
    field: "secret",
    value: name,
    remedy: "Store it as text: aws secretsmanager put-secret-value --secret-string.",
  });
}

function empty(name: string, cause: unknown): TerminalError {
  return new TerminalError(`the secret ${name} has no value yet`, {
    reason: "secret-empty",
    field: "secret",
    value: name,
    remedy: `Give it one: aws secretsmanager put-secret-value --secret-id ${name} --secret-string.`,
    cause,
  });
}

/** Secrets Manager names only one reason for refusing to give a secret that it has. */
function deleted(name: string, cause: unknown): TerminalError {
  return new TerminalError(`the secret ${name} cannot be read: it is to be deleted`, {
    reason: "secret-deleted",
    field: "secret",
    value: name,
    remedy: `Bring it back: aws secretsmanager restore-secret --secret-id ${name}; or name another one in the config.`,
    cause,
  });
}

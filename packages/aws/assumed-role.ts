import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import * as v from "valibot";
import { answerOf } from "#aws/answer";
import { awsError } from "#aws/aws-error";
import { parseWith } from "#config/schema";
import type { Clock } from "#fleet/clock";
import { RetryableError, TerminalError } from "#fleet/errors";

/** A role that Musterbook works as. */
export interface AssumedRole {
  readonly roleArn: string;
  /** What the role's trust policy asks for as `sts:ExternalId`. */
  readonly externalId?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Credentials that hold for 20 minutes from now at least, however often it is asked. */
export type CredentialsProvider = () => Promise<Credentials>;

/** A role assumed by a role gets an hour at most, whatever it is set to. */
const SESSION_SECONDS = 3600;
/** A token for Kubernetes is good for 15 minutes if its signer's credentials are: they must outlive it. */
const REFRESH_BEFORE_MS = 20 * 60_000;
const SESSION_NAME = "musterbook";

const Session = v.object({
  AccessKeyId: v.string(),
  SecretAccessKey: v.string(),
  SessionToken: v.string(),
  Expiration: v.date(),
});

/** Sessions of a role, each kept until shortly before its end. TerminalError `forbidden` when the role may not be assumed. */
export function assumedRole(role: AssumedRole, sts: STSClient, clock: Clock): CredentialsProvider {
  let kept: Promise<Required<Credentials>> | undefined;
  const renew = () => {
    const assuming = assume(role, sts);
    kept = assuming;
    assuming.catch(() => {
      if (kept === assuming) kept = undefined;
    });
    return assuming;
  };
  return async () => {
    const asked = kept ?? renew();
    const session = await asked;
    if (session.expiration.getTime() - clock.now().getTime() > REFRESH_BEFORE_MS) return session;
    return kept === asked || kept === undefined ? renew() : kept;
  };
}

async function assume(role: AssumedRole, sts: STSClient): Promise<Required<Credentials>> {
  const { roleArn, externalId } = role;
  const external = externalId === undefined ? {} : { ExternalId: externalId };
  const params = { RoleArn: roleArn, RoleSessionName: SESSION_NAME, DurationSeconds: SESSION_SECONDS, ...external };
  try {
    const { Credentials: session } = await sts.send(new AssumeRoleCommand(params));
    return sessionOf(roleArn, session);
  } catch (cause) {
    if (answerOf(cause).code === "RegionDisabledException") throw disabled(roleArn, await sts.config.region(), cause);
    throw refusal(
      role,
      awsError(cause, { what: `cannot assume ${roleArn}`, action: "sts:AssumeRole", resource: roleArn }),
    );
  }
}

function sessionOf(roleArn: string, session: unknown): Required<Credentials> {
  const parsed = parseWith(Session, session);
  if (!parsed.ok) {
    throw new RetryableError(`cannot assume ${roleArn}: STS answered without credentials`, {
      reason: "unreadable",
      remedy: "Nothing to do at first: it is tried again.",
    });
  }
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = parsed.value;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

/** STS gives out sessions of an account in its enabled regions only, and here it is asked in the hub's. */
function disabled(roleArn: string, region: string, cause: unknown): TerminalError {
  const account = roleArn.split(":")[4];
  return new TerminalError(`cannot assume ${roleArn}: its account has not enabled ${region}`, {
    reason: "region-disabled",
    field: "region",
    value: region,
    remedy: `Enable ${region}, where Musterbook runs, for account ${account} too: aws account enable-region; and STS there, if it is switched off in IAM.`,
    cause,
  });
}

/** STS does not tell a missing role from one that does not trust us. */
function refusal({ roleArn, externalId }: AssumedRole, error: unknown): unknown {
  if (!(error instanceof TerminalError) || error.reason !== "forbidden") return error;
  const external = externalId === undefined ? "" : ` with the external id that Musterbook is configured with`;
  return new TerminalError(error.message, {
    reason: error.reason,
    field: "roleArn",
    value: roleArn,
    remedy: `See that ${roleArn} exists, that its trust policy names Musterbook's role${external}, and that Musterbook's role may sts:AssumeRole it.`,
    cause: error.cause,
  });
}

import type { Credentials } from "#aws/assumed-role";
import type { Call } from "#test/fakes/aws-server";
import { ask } from "#test/real/eks/forward";

export interface Caller {
  readonly arn: string;
  /** Twelve digits. */
  readonly account: string;
}

/** Who signs with a key. */
export interface Principal extends Caller {
  readonly credentials: Credentials;
}

/** The long-lived key of an account: twelve digits are the account to ministack, which checks no secret; the shim does. */
export function accountKey(account: string): Credentials {
  return { accessKeyId: account, secretAccessKey: `secret-of-${account}` };
}

export interface Keys {
  find(accessKeyId: string): Principal | undefined;
  /** Keeps the session that an answer to AssumeRole holds. */
  learn(answer: string): void;
}

/** The keys that the shim knows the secret of: every account's own, and each session that STS gave out through it. */
export function createKeys(): Keys {
  const sessions = new Map<string, Principal>();
  return {
    find: (accessKeyId) => {
      if (!/^\d{12}$/.test(accessKeyId)) return sessions.get(accessKeyId);
      const account = accessKeyId;
      return { arn: `arn:aws:iam::${account}:root`, account, credentials: accountKey(account) };
    },
    learn: (answer) => {
      const arn = elementOf(answer, "Arn");
      const session: Principal = {
        arn,
        account: arn.split(":")[4] ?? "",
        credentials: {
          accessKeyId: elementOf(answer, "AccessKeyId"),
          secretAccessKey: elementOf(answer, "SecretAccessKey"),
          sessionToken: elementOf(answer, "SessionToken"),
          expiration: new Date(elementOf(answer, "Expiration")),
        },
      };
      sessions.set(session.credentials.accessKeyId, session);
    },
  };
}

/** Whose session it is that only ministack knows; which role's, it keeps to itself. */
export async function sessionOf(upstream: string, call: Call): Promise<Caller | undefined> {
  const query = `?Action=GetAccessKeyInfo&Version=2011-06-15&AccessKeyId=${encodeURIComponent(call.accessKeyId)}`;
  const { status, body } = await ask(upstream, { ...call, service: "sts" }, NOBODY, `/${query}`);
  if (status !== 200) return undefined;
  const account = elementOf(body, "Account");
  return { arn: `arn:aws:sts::${account}:assumed-role/unknown/unknown`, account };
}

const NOBODY = "000000000000";

/** The text of the first element of that name in STS's XML. */
export function elementOf(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`STS answered without ${name}: ${xml}`);
  return text;
}

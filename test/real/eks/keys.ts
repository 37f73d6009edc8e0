import type { Credentials } from "#aws/assumed-role";

/** Who signs with a key. */
export interface Principal {
  readonly arn: string;
  /** Twelve digits. */
  readonly account: string;
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

/** The text of the first element of that name in STS's XML. */
export function elementOf(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`STS answered without ${name}: ${xml}`);
  return text;
}

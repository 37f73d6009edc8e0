import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type AssumedRole, assumedRole, type CredentialsProvider } from "#aws/assumed-role";
import { awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import type { Clock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";

export interface AwsAccountsOptions {
  /** Where Musterbook runs: its STS gives out the roles, its credentials are used where there is no role. */
  readonly hub: AwsScope;
  /** The role to assume for what is done in an account; undefined for the hub's own credentials. */
  readonly roleFor: (account: string) => AssumedRole | undefined;
  readonly clock: Clock;
}

/** The accounts of the fleet, each with credentials of its own. */
export interface AwsAccounts {
  /**
   * How a region of an account is reached. The credentials are the account's: STS was asked. In another account a
   * cluster that exists would seem to be gone. TerminalError `wrong-account` when they are not.
   */
  reach(at: { readonly account: string; readonly region: string }): Promise<AwsScope>;
  /** Sessions of a role, whichever account it is of; without a role the hub's own credentials. */
  credentials(role?: AssumedRole): CredentialsProvider;
}

/** One set of credentials per role, however many clients use it. */
export function awsAccounts({ hub, roleFor, clock }: AwsAccountsOptions): AwsAccounts {
  const sts = new STSClient(awsConfig(hub));
  const providers = new Map<string, CredentialsProvider>();
  const checked = new Map<string, Promise<CredentialsProvider>>();

  const credentials = (role?: AssumedRole): CredentialsProvider => {
    if (role === undefined) return () => sts.config.credentials();
    const key = JSON.stringify([role.roleArn, role.externalId]);
    const provider = providers.get(key) ?? assumedRole(role, sts, clock);
    providers.set(key, provider);
    return provider;
  };
  const credentialsOf = (account: string): Promise<CredentialsProvider> => {
    const known = checked.get(account);
    if (known !== undefined) return known;
    const role = roleFor(account);
    const checking = checkedProvider({ account, role, provider: credentials(role), hub });
    checked.set(account, checking);
    checking.catch(() => checked.delete(account));
    return checking;
  };

  return {
    credentials,
    reach: async ({ account, region }) => ({ ...hub, region, credentials: await credentialsOf(account) }),
  };
}

interface Check {
  readonly account: string;
  readonly role: AssumedRole | undefined;
  readonly provider: CredentialsProvider;
  readonly hub: AwsScope;
}

async function checkedProvider({ account, role, provider, hub }: Check): Promise<CredentialsProvider> {
  const who = role === undefined ? "Musterbook's own credentials" : role.roleArn;
  const sts = new STSClient(awsConfig({ ...hub, credentials: provider }));
  try {
    const { Account: actual } = await sts.send(new GetCallerIdentityCommand({}));
    if (actual === account) return provider;
    throw wrongAccount(account, who, actual);
  } catch (cause) {
    throw awsError(cause, {
      what: `cannot tell of which account ${who} is`,
      action: "sts:GetCallerIdentity",
      resource: who,
    });
  } finally {
    sts.destroy();
  }
}

function wrongAccount(account: string, who: string, actual = "(unknown)"): TerminalError {
  return new TerminalError(`the credentials for account ${account} (${who}) are those of account ${actual}`, {
    reason: "wrong-account",
    field: "account",
    value: account,
    remedy: `Configure a role of account ${account} for it: with those of ${actual} every cluster of ${account} would seem to be gone.`,
  });
}

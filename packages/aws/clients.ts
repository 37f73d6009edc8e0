import type { AwsAccounts } from "#aws/accounts";
import type { AwsScope } from "#aws/config";

/** The client for a region of an account. */
export type ClientFor<C> = (at: { readonly account: string; readonly region: string }) => Promise<C>;

/**
 * Makes one client per region and account and keeps it: the SDK counts its retries per client, and it holds the
 * connections. What could not be made is tried anew.
 */
export function clientPerScope<C>(accounts: Pick<AwsAccounts, "reach">, make: (scope: AwsScope) => C): ClientFor<C> {
  const clients = new Map<string, Promise<C>>();
  return ({ account, region }) => {
    const key = `${account} ${region}`;
    const known = clients.get(key);
    if (known !== undefined) return known;
    const making = accounts.reach({ account, region }).then(make);
    clients.set(key, making);
    making.catch(() => clients.delete(key));
    return making;
  };
}

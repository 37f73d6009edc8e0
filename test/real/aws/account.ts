import { randomInt } from "node:crypto";
import type { AwsScope } from "#aws/config";
import type { Emulator } from "#test/real/servers/ministack";

/** A new account on ministack, which takes an access key of twelve digits for the account. */
export function newAccount({ url }: Emulator): AwsScope {
  const accessKeyId = String(randomInt(10 ** 11, 2 * 10 ** 11));
  return { region: "eu-west-1", endpoint: url, credentials: { accessKeyId, secretAccessKey: "not-a-secret" } };
}

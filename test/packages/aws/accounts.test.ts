import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awsAccounts } from "#aws/accounts";
import type { AwsScope } from "#aws/config";
import { fixedClock } from "#fleet/clock";
import { type AwsServer, type Call, type Reply, serveAws } from "#test/fakes/aws-server";

const HUB = "111122223333";
const MEMBER = "444455556666";
const NOW = "2026-11-21T10:00:00Z";
const MINUTE_MS = 60_000;

/** An STS that gives sessions of an hour, of the account in the role's ARN, or what it is told to. */
let sts: AwsServer;
let asked: string[];
let instead: ((action: string) => Reply | undefined) | undefined;
let clock: ReturnType<typeof fixedClock>;

beforeEach(async () => {
  asked = [];
  instead = undefined;
  clock = fixedClock(NOW);
  sts = await serveAws((call) => answer(call));
});

afterEach(() => sts.close());

function answer(call: Call): Reply {
  const form = new URLSearchParams(call.body);
  const action = form.get("Action") ?? "";
  asked.push([action, form.get("RoleArn"), form.get("ExternalId")].filter((part) => part !== null).join(" "));
  const other = instead?.(action);
  if (other !== undefined) return other;
  if (action === "GetCallerIdentity") return identity(call.accessKeyId.replace("ASIA", ""));
  const account = form.get("RoleArn")?.split(":")[4] ?? "";
  const expiration = new Date(clock.now().getTime() + 60 * MINUTE_MS).toISOString();
  return xml(
    200,
    `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA${account}</AccessKeyId>` +
      `<SecretAccessKey>secret</SecretAccessKey><SessionToken>of ${expiration}</SessionToken>` +
      `<Expiration>${expiration}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  );
}

function identity(account: string): Reply {
  const result = `<GetCallerIdentityResult><Account>${account}</Account></GetCallerIdentityResult>`;
  return xml(200, `<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`);
}

function stsFault(status: number, code: string): Reply {
  return xml(status, `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`);
}

function xml(status: number, body: string): Reply {
  return { status, headers: { "content-type": "text/xml" }, body };
}

function memberRole(account: string) {
  return { roleArn: `arn:aws:iam::${account}:role/musterbook-member`, externalId: "fleet" };
}

function make(roleFor = memberRole as Parameters<typeof awsAccounts>[0]["roleFor"]) {
  const credentials = { accessKeyId: HUB, secretAccessKey: "secret" };
  return awsAccounts({ hub: { region: "eu-west-1", endpoint: sts.url, credentials }, roleFor, clock });
}

async function keyOf({ credentials }: AwsScope): Promise<string | undefined> {
  return typeof credentials === "function" ? (await credentials()).accessKeyId : credentials?.accessKeyId;
}

describe("awsAccounts", () => {
  it("reaches a member account by its role, with the external id", async () => {
    const scope = await make().reach({ account: MEMBER, region: "eu-central-1" });

    expect(scope).toMatchObject({ region: "eu-central-1", endpoint: sts.url });
    expect(await keyOf(scope)).toBe(`ASIA${MEMBER}`);
    expect(asked).toEqual([`AssumeRole arn:aws:iam::${MEMBER}:role/musterbook-member fleet`, "GetCallerIdentity"]);
  });

  it("reaches the hub's account with its own credentials", async () => {
    const scope = await make(() => undefined).reach({ account: HUB, region: "eu-west-1" });

    expect(await keyOf(scope)).toBe(HUB);
    expect(asked).toEqual(["GetCallerIdentity"]);
  });

  it("asks STS once for all regions of an account", async () => {
    const accounts = make();
    const regions = ["eu-west-1", "eu-central-1", "us-east-1"];
    await Promise.all(regions.map((region) => accounts.reach({ account: MEMBER, region })));

    expect(asked).toHaveLength(2);
  });

  it("refuses credentials of another account, and names both", async () => {
    const refusal = {
      name: "TerminalError",
      reason: "wrong-account",
      message: expect.stringMatching(new RegExp(`${MEMBER}.*${HUB}`)),
    };
    const accounts = make(() => undefined);

    await expect(accounts.reach({ account: MEMBER, region: "eu-west-1" })).rejects.toMatchObject(refusal);
    await expect(accounts.reach({ account: MEMBER, region: "eu-west-1" })).rejects.toMatchObject(refusal);
  });

  it("checks again when it could not be told whose credentials they are", async () => {
    const accounts = make();
    instead = (action) => (action === "GetCallerIdentity" ? stsFault(503, "ServiceUnavailable") : undefined);
    await expect(accounts.reach({ account: MEMBER, region: "eu-west-1" })).rejects.toMatchObject({
      name: "RetryableError",
      reason: "server-error",
    });

    instead = undefined;
    await expect(accounts.reach({ account: MEMBER, region: "eu-west-1" })).resolves.toBeDefined();
  });

  it("names the role that may not be assumed, and not the call that wanted it", async () => {
    instead = () => stsFault(403, "AccessDenied");
    await expect(make().reach({ account: MEMBER, region: "eu-west-1" })).rejects.toMatchObject({
      name: "TerminalError",
      reason: "forbidden",
      message: expect.stringContaining(`sts:AssumeRole on arn:aws:iam::${MEMBER}:role/musterbook-member`),
      remedy: expect.stringContaining("external id"),
    });
  });
});

describe("the credentials of a role", () => {
  it("cannot be had in a region that its account has not enabled, whatever its trust policy", async () => {
    instead = () => stsFault(403, "RegionDisabledException");
    await expect(make().credentials(memberRole(MEMBER))()).rejects.toMatchObject({
      name: "TerminalError",
      reason: "region-disabled",
      value: "eu-west-1",
      remedy: expect.stringContaining(`account ${MEMBER}`),
    });
  });

  it("are kept while they outlive a token for Kubernetes, and then renewed", async () => {
    const credentials = make().credentials(memberRole(HUB));
    const first = await credentials();
    clock.advance(39 * MINUTE_MS);
    expect(await credentials()).toEqual(first);

    clock.advance(2 * MINUTE_MS);
    const [second, third] = await Promise.all([credentials(), credentials()]);
    expect(second).not.toEqual(first);
    expect(third).toEqual(second);
    expect(asked).toHaveLength(2);
  });

  it("are asked for again when STS could not give them", async () => {
    const credentials = make().credentials(memberRole(HUB));
    instead = () => stsFault(400, "Throttling");
    await expect(credentials()).rejects.toMatchObject({ name: "RetryableError", reason: "throttled" });

    instead = undefined;
    await expect(credentials()).resolves.toMatchObject({ accessKeyId: `ASIA${HUB}` });
  });

  it("are the same for everybody who works as the role", async () => {
    const accounts = make();
    await accounts.credentials(memberRole(MEMBER))();
    await accounts.credentials(memberRole(MEMBER))();
    expect(asked).toHaveLength(1);
  });

  it("are no credentials when STS answers without", async () => {
    instead = () => xml(200, "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>");
    await expect(make().credentials(memberRole(HUB))()).rejects.toMatchObject({ reason: "unreadable" });
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "#cli/program";
import { type AwsServer, type Call, fault, type Reply, serveAws } from "#test/fakes/aws-server";
import { fakeCli } from "#test/fakes/cli";

const DENIED = "444455556666";
const GUARDED = "777788889999";

let folder: string;
let config: string;
let server: AwsServer;
let calls: Call[];

/** STS in its XML; a session says whose it is by its key. */
function sts({ body, accessKeyId }: Call): Reply {
  const form = new URLSearchParams(body);
  const xml = (name: string, text: string): Reply => ({
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<${name}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${name}Result>${text}</${name}Result></${name}Response>`,
  });
  if (form.get("Action") === "GetCallerIdentity") return xml("GetCallerIdentity", `<Account>${accessKeyId}</Account>`);
  const account = form.get("RoleArn")?.split(":")[4];
  if (account === DENIED) {
    const error = "<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no</Message></Error>";
    return { status: 403, headers: { "content-type": "text/xml" }, body: `<ErrorResponse>${error}</ErrorResponse>` };
  }
  const session = `<AccessKeyId>${account}</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>`;
  return xml("AssumeRole", `<Credentials>${session}</Credentials>`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "musterbook-members-"));
  config = join(folder, "fleet.config.ts");
  const fleet = {
    scopes: ["111122223333", DENIED, GUARDED].map((account) => ({ account, regions: ["eu-west-1"] })),
    zone: "obs.example.com",
    principalArn: "arn:aws:iam::111122223333:role/musterbook-cluster",
    observer: { cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer" },
  };
  await writeFile(config, `export default ${JSON.stringify(fleet)};`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "111122223333");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "x");
  calls = [];
  server = await serveAws((call) => {
    calls.push(call);
    return call.service === "sts" ? sts(call) : fault(400, "AccessDeniedException", "not you");
  });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const check = (...more: readonly string[]) => [
  ...["members", "check", "--hub-region", "eu-west-1", "--config", config, "--endpoint", server.url, ...more],
];

describe("musterbook members check", () => {
  it("gives an account that refuses its role, and one that refuses every look, a row each", async () => {
    const cli = fakeCli();

    expect(await run(check(), cli)).toBe(1);

    const text = cli.out().replace(/\s+/g, " ");
    expect(text).toContain("2 regions of 2 accounts: 2 not to be looked at");
    expect(text).toContain(`${DENIED} eu-west-1 ?`);
    expect(text).toContain(`cannot assume arn:aws:iam::${DENIED}:role/OrganizationAccountAccessRole: access denied`);
    expect(text).toContain("events:DescribeRule on rule musterbook-cluster-events is missing");
    expect(cli.err()).toBe("");
  });

  it("gives programs the same facts, and works as the role that it is told", async () => {
    const cli = fakeCli();

    expect(await run(check("--role", "ReadOnly", "--output", "json"), cli)).toBe(1);

    const { schemaVersion, members } = JSON.parse(cli.out());
    expect(schemaVersion).toBe(1);
    expect(members).toMatchObject([
      { account: DENIED, region: "eu-west-1", status: "refused" },
      { account: GUARDED, region: "eu-west-1", status: "refused" },
    ]);
    expect(calls.map(({ body }) => new URLSearchParams(body).get("RoleArn")).filter(Boolean)).toContain(
      `arn:aws:iam::${GUARDED}:role/ReadOnly`,
    );
  });

  it("explains itself", async () => {
    const cli = fakeCli();

    expect(await run(["members", "check", "--help"], cli)).toBe(0);
    expect(cli.out()).toContain("Exit code:");
  });
});

describe("musterbook members render --format pulumi", () => {
  it("prints a module that makes a member", async () => {
    const cli = fakeCli();

    expect(await run(["members", "render", "--hub-region", "eu-west-1", "--format", "pulumi"], cli)).toBe(0);
    expect(cli.out()).toContain("export function musterbookMember(");
    expect(cli.out()).toContain("arn:aws:events:eu-west-1:111122223333:event-bus/musterbook-prod-hub");
  });
});

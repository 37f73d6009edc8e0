import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { run } from "#cli/program";
import { AUDITED_AT } from "#test/factories/audit-report";
import { type AwsServer, type Call, type Reply, serveAws } from "#test/fakes/aws-server";
import { fakeCli } from "#test/fakes/cli";

let folder: string;
let config: string;
let server: AwsServer;
let answer: (call: Call) => Reply;

const refused: Reply = {
  status: 403,
  headers: { "content-type": "text/xml" },
  body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
};
const text = (body: string): Reply => ({ status: 200, headers: { "content-type": "text/xml" }, body });
const whoami = (account: string): Reply => {
  const result = `<GetCallerIdentityResult><Account>${account}</Account><Arn>arn:aws:iam::${account}:user/me</Arn></GetCallerIdentityResult>`;
  const reply = text(`<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`);
  return { ...reply, headers: { ...reply.headers, date: new Date(AUDITED_AT).toUTCString() } };
};
const EXPIRY = "<Rule><ID>cheap</ID><Status>Enabled</Status><Filter/><Expiration><Days>30</Days></Expiration></Rule>";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "musterbook-doctor-"));
  config = join(folder, "fleet.config.ts");
  await writeFile(config, `export default { capabilities: ["audit"], buckets: [{ url: "s3://blocks" }] };`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "x");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "x");
  server = await serveAws((call) => answer(call));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await server.close();
});

const doctor = (...more: readonly string[]) => [
  ...["doctor", "--hub-region", "eu-west-1", "--config", config, "--endpoint", server.url, ...more],
];

/** Who asks may ask who he is, and no more. */
const onlyIdentity = (call: Call): Reply => (call.service === "sts" ? whoami("111122223333") : refused);

describe("musterbook doctor", () => {
  it("works with hardly any right: each refusal is a warning that says what is missing", async () => {
    answer = onlyIdentity;
    const cli = fakeCli();

    expect(await run(doctor(), cli)).toBe(0);

    const said = cli.out().replace(/\s+/g, " ");
    expect(said).toContain("ok credentials: arn:aws:iam::111122223333:user/me");
    expect(said).toContain("WARNING bucket.lifecycle blocks: not checked: ");
    expect(said).toContain("s3:GetLifecycleConfiguration on arn:aws:s3:::blocks is missing");
    expect(said).toMatch(/\d+ warnings, \d ok\. $/);
  });

  it("ends with 1 where something would go wrong", async () => {
    answer = (call) =>
      call.path.includes("lifecycle")
        ? text(`<LifecycleConfiguration>${EXPIRY}</LifecycleConfiguration>`)
        : onlyIdentity(call);
    const cli = fakeCli();

    expect(await run(doctor(), cli)).toBe(1);
    expect(cli.out()).toContain("FAILURE  bucket.lifecycle blocks: rule cheap deletes blocks");
  });

  it("gives programs the same facts", async () => {
    answer = onlyIdentity;
    const cli = fakeCli();
    await run(doctor("--stage", "dev", "--output", "json"), cli);

    const { schemaVersion, region, stage, lines } = JSON.parse(cli.out());
    expect([schemaVersion, region, stage]).toEqual([1, "eu-west-1", "dev"]);
    expect(lines).toContainEqual({
      ...{ check: "credentials", subject: "", status: "ok", remedy: "" },
      text: "arn:aws:iam::111122223333:user/me",
    });
    expect(lines.at(-1)).toMatchObject({ check: "subscriptions", subject: "musterbook-dev-ops" });
  });

  it("ends with 2 where it may not even ask who it is", async () => {
    answer = () => refused;
    const cli = fakeCli();

    expect(await run(doctor(), cli)).toBe(2);
    expect(cli.err()).toContain("cannot tell who you are");
    expect(cli.out()).toBe("");
  });
});

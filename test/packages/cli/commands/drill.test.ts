import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { run } from "#cli/program";
import { arnOf, clusterRecord } from "#test/contracts/registry";
import { type Call, fault, json, serveAws } from "#test/fakes/aws-server";
import { fakeCli } from "#test/fakes/cli";
import { clusterItem, dynamoAnswer } from "#test/fakes/dynamo-server";

const ARN = arnOf("prod-a");
const ACCEPTED = json(200, { FailedEntryCount: 0, Entries: [{ EventId: "e-1" }] });

/** EventBridge and DynamoDB on the wire: the record moves with the n-th read of it. */
async function hub({ onRecord = true, accepts = ACCEPTED } = {}) {
  const calls: Call[] = [];
  let put = false;
  const server = await serveAws((call) => {
    calls.push(call);
    if (call.service === "events") {
      put = true;
      return accepts;
    }
    if (!onRecord) return dynamoAnswer({});
    const updatedAt = put ? "2026-11-20T10:05:00Z" : "2026-11-20T10:00:00Z";
    return dynamoAnswer({ Item: clusterItem(clusterRecord("prod-a", { updatedAt })) });
  });
  onTestFinished(() => server.close());
  const cli = fakeCli();
  const drill = (...more: string[]) =>
    run(["drill", ARN, "--hub-region", "eu-central-1", "--endpoint", server.url, ...more], cli);
  return { cli, drill, calls };
}

beforeEach(() => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "111122223333");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-a-secret");
});
afterEach(() => vi.unstubAllEnvs());

describe("musterbook drill", () => {
  it("tells each hop with its time, and that the path is proven", async () => {
    const { cli, drill } = await hub();

    expect(await drill()).toBe(0);

    expect(cli.out()).toBe(
      [
        "on record                last look on record 2026-11-20T10:00:00Z",
        "event accepted    0.0 s  event e-1",
        "look recorded     0.0 s  the record says 2026-11-20T10:05:00Z",
        "Proven: an event leads to a look.",
        "",
      ].join("\n"),
    );
    expect(cli.err()).toBe("");
  });

  it("speaks to the bus and the table of the stage, in the hub's region", async () => {
    const { drill, calls } = await hub();
    await drill("--stage", "dev");

    const bodies = calls.map(({ body }) => body).join("\n");
    expect(bodies).toContain('"EventBusName":"musterbook-dev-hub"');
    expect(bodies).toContain('"TableName":"musterbook-dev-fleet"');
    expect(new Set(calls.map(({ region }) => region))).toEqual(new Set(["eu-central-1"]));
  });

  it("prints all of it as JSON", async () => {
    const { cli, drill } = await hub();

    expect(await drill("--output", "json")).toBe(0);

    expect(JSON.parse(cli.out())).toMatchObject({
      schemaVersion: 1,
      cluster: ARN,
      region: "eu-central-1",
      stage: "prod",
      outcome: "proven",
      hops: [{ hop: "on record", seconds: null }, { hop: "event accepted" }, { hop: "look recorded" }],
      missing: null,
      lookAt: [],
    });
  });

  it("ends with 2 for a cluster that is not on record, and puts nothing on the bus", async () => {
    const { cli, drill, calls } = await hub({ onRecord: false });

    expect(await drill()).toBe(2);

    expect(cli.err()).toMatch(/is not on record/);
    expect(calls.filter(({ service }) => service === "events")).toEqual([]);
  });

  it("ends with 2 where the right to put events is missing, and names it", async () => {
    const { cli, drill } = await hub({ accepts: fault(400, "AccessDeniedException", "no") });

    expect(await drill()).toBe(2);

    expect(cli.err().replace(/\s+/g, " ")).toMatch(/events:PutEvents.*event-bus\/musterbook-prod-hub/);
  });

  it.each([
    ["no cluster", ["drill", "prod-a", "--hub-region", "eu-west-1"], "ARN of an EKS cluster"],
    ["no region", ["drill", ARN], "--hub-region"],
    ["no time", ["drill", ARN, "--hub-region", "eu-west-1", "--minutes", "0"], "at most 60"],
  ])("refuses %s", async (_, args, said) => {
    const cli = fakeCli();
    expect(await run(args, cli)).toBe(2);
    expect(cli.err()).toContain(said);
  });
});

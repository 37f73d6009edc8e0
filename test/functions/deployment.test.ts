import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { fixedClock } from "#fleet/clock";
import { readDeployment } from "#functions/deployment";
import { FLEET } from "#test/stacks/graph";

const INSTALLATION = {
  account: "111122223333",
  region: "eu-west-1",
  table: "musterbook-prod-fleet",
  state: "s3://musterbook-prod-state",
  zoneId: "Z1",
  queueUrls: { "clusters.fifo": "https://sqs.eu-west-1.amazonaws.com/111122223333/musterbook-prod-clusters.fifo" },
  topicArns: { "musterbook-alerts": "arn:aws:sns:eu-west-1:111122223333:musterbook-prod-alerts" },
  memberRole: "musterbook-manage",
};

async function read(installation: unknown, config: unknown = FLEET) {
  const folder = await mkdtemp(join(tmpdir(), "musterbook-deployment-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "fleet.config.json"), JSON.stringify(config));
  const environment = { MUSTERBOOK_INSTALLATION: JSON.stringify(installation) };
  return readDeployment({ environment, folder, clock: fixedClock("2026-11-21T12:00:00Z") });
}

describe("readDeployment", () => {
  it("finds what the deploy has made, with the fleet's configuration", async () => {
    const found = await read(INSTALLATION, { ...FLEET, members: { externalId: "fleet-1" } });

    expect(found).toMatchObject({
      hub: { region: "eu-west-1" },
      table: "musterbook-prod-fleet",
      zoneId: "Z1",
      state: { url: "s3://musterbook-prod-state", region: "eu-west-1" },
      queueUrls: INSTALLATION.queueUrls,
      topicArns: INSTALLATION.topicArns,
      config: { zone: "obs.internal.example.com", paused: false },
      clusterRole: { roleArn: "arn:aws:iam::111122223333:role/musterbook-cluster" },
    });
  });

  it("works as itself in its own account, and as the named role, with the external id, in any other", async () => {
    const { roleFor } = await read(INSTALLATION, { ...FLEET, members: { externalId: "fleet-1" } });

    expect(roleFor("111122223333")).toBeUndefined();
    expect(roleFor("444455556666")).toEqual({
      roleArn: "arn:aws:iam::444455556666:role/musterbook-manage",
      externalId: "fleet-1",
    });
  });

  it("assumes roles of its own partition", async () => {
    const principalArn = "arn:aws-cn:iam::111122223333:role/musterbook-cluster";
    const { roleFor } = await read(INSTALLATION, { ...FLEET, principalArn });

    expect(roleFor("444455556666")).toEqual({ roleArn: "arn:aws-cn:iam::444455556666:role/musterbook-manage" });
  });

  it("works as itself alone where buckets are audited and nothing else", async () => {
    const { memberRole: _none, zoneId: _neither, ...installation } = INSTALLATION;
    const config = { capabilities: ["audit"], buckets: [{ url: "s3://example-blocks" }] };
    const { roleFor, clusterRole } = await read(installation, config);

    expect([roleFor("444455556666"), clusterRole]).toEqual([undefined, undefined]);
  });

  it.each([
    ["an environment without it", undefined, FLEET, "MUSTERBOOK_INSTALLATION"],
    ["a part that is missing", { ...INSTALLATION, table: undefined }, FLEET, "table"],
    ["a fleet without the role for other accounts", { ...INSTALLATION, memberRole: undefined }, FLEET, "memberRole"],
    ["a configuration of another version", INSTALLATION, { ...FLEET, zone: 1 }, "zone"],
  ])("refuses %s, and says to deploy again", async (_what, installation, config, field) => {
    await expect(read(installation, config)).rejects.toMatchObject({
      reason: "deployment-broken",
      message: expect.stringContaining(field),
      remedy: expect.stringContaining("Deploy again"),
    });
  });
});

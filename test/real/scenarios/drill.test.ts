import { randomInt } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import { awsConfig } from "#aws/config";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { run } from "#cli/program";
import { systemClock } from "#fleet/clock";
import { clusterRef } from "#fleet/cluster";
import { clusterRecord } from "#test/contracts/registry";
import { fakeCli } from "#test/fakes/cli";
import { deploy } from "#test/real/sst/deploy";
import { FLEET } from "#test/stacks/graph";

const PATIENCE_MS = 300_000;
const REGION = "eu-west-1";
const STAGE = "drill";

it(
  "musterbook drill proves the path of the program as it is deployed on an emulator",
  async () => {
    const { url: endpoint } = inject("ministack");
    const account = String(randomInt(1e11, 1e12 - 1));
    const credentials = { accessKeyId: account, secretAccessKey: "none" };
    const fleet = JSON.parse(JSON.stringify(FLEET).replaceAll("111122223333", account)) as typeof FLEET;
    const { table } = await deploy({
      ...{ endpoint, account, stage: STAGE, fleet, bundles: "real" },
      functionEnvironment: {},
      schedules: "DISABLED",
    });
    const { arn } = clusterRef({ account, region: REGION, name: "dev-7" });
    const client = new DynamoDBClient(awsConfig({ region: REGION, endpoint, credentials }));
    const registry = dynamoRegistry({ client, table, clock: systemClock });
    await registry.put(clusterRecord("dev-7", { arn }), 0);

    vi.stubEnv("AWS_ACCESS_KEY_ID", account);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "none");
    onTestFinished(() => void vi.unstubAllEnvs());
    const cli = { ...fakeCli(), clock: systemClock };
    await run(["drill", arn, "--hub-region", REGION, "--stage", STAGE, "--endpoint", endpoint, "--minutes", "2"], cli);

    expect(`${cli.out()}${cli.err()}`).toContain("Proven: an event leads to a look.");
    expect(cli.exitCode).toBe(0);
  },
  PATIENCE_MS,
);

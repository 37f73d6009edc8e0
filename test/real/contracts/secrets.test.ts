import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, inject, it } from "vitest";
import { awsConfig } from "#aws/config";
import { secretsManager } from "#aws/secrets";
import { fixedClock } from "#fleet/clock";

/** A name of its own, and who reads it. */
function world() {
  const client = new SecretsManagerClient(awsConfig({ region: "eu-west-1", endpoint: inject("ministack").url }));
  const clock = fixedClock("2026-11-21T10:00:00Z");
  return { client, clock, name: `musterbook/slack-${randomUUID()}`, secret: secretsManager({ client, clock }) };
}

describe("secretsManager, on ministack", () => {
  it("knows nothing of a secret that is not there", async () => {
    const { secret, name } = world();
    expect(await secret(name)).toBeUndefined();
  });

  it("reads the current value by name and by ARN, and the new one after a rotation", async () => {
    const { client, clock, secret, name } = world();
    const { ARN = "" } = await client.send(new CreateSecretCommand({ Name: name, SecretString: "first" }));
    expect([await secret(name), await secret(ARN)]).toEqual(["first", "first"]);
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: "second" }));
    clock.advance(5 * 60_000);
    expect([await secret(name), await secret(ARN)]).toEqual(["second", "second"]);
  });

  it("does not read a secret that is to be deleted, until it is restored", async () => {
    const { client, secret, name } = world();
    await client.send(new CreateSecretCommand({ Name: name, SecretString: "first" }));
    await client.send(new DeleteSecretCommand({ SecretId: name }));
    await expect(secret(name)).rejects.toMatchObject({ name: "TerminalError", reason: "secret-deleted" });
    await client.send(new RestoreSecretCommand({ SecretId: name }));
    expect(await secret(name)).toBe("first");
  });
});

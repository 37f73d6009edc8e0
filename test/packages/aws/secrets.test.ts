import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it, onTestFinished } from "vitest";
import { awsConfig } from "#aws/config";
import { secretsManager } from "#aws/secrets";
import { fixedClock } from "#fleet/clock";
import { type HttpAnswer, type HttpRequest, httpServer } from "#test/fakes/http-server";

async function secretsFrom(answer: (request: HttpRequest) => HttpAnswer) {
  const server = await httpServer(answer);
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
  const client = new SecretsManagerClient(awsConfig({ region: "eu-west-1", endpoint: server.endpoint, credentials }));
  const clock = fixedClock("2026-11-21T10:00:00Z");
  return { secret: secretsManager({ client, clock }), clock, requests: server.requests };
}

function fault(status: number, type: string, message = "no"): HttpAnswer {
  return { status, body: JSON.stringify({ __type: type, message }), headers: { "x-amzn-errortype": type } };
}

/** A secret whose value is the number of the request. */
const counting = ({ before }: HttpRequest): HttpAnswer => ({
  status: 200,
  body: JSON.stringify({ Name: "slack", SecretString: `value ${before}` }),
});

describe("secretsManager", () => {
  it("asks once for what was asked within five minutes", async () => {
    const { secret, clock, requests } = await secretsFrom(counting);
    expect(await secret("slack")).toBe("value 0");
    clock.advance(299_999);
    expect(await secret("slack")).toBe("value 0");
    expect(requests).toHaveLength(1);
  });

  it("notices after five minutes that a secret was rotated", async () => {
    const { secret, clock } = await secretsFrom(counting);
    await secret("slack");
    clock.advance(300_000);
    expect(await secret("slack")).toBe("value 1");
  });

  it("keeps secrets apart", async () => {
    const { secret } = await secretsFrom(counting);
    expect([await secret("a"), await secret("b")]).toEqual(["value 0", "value 1"]);
  });

  it("asks again for a secret that was not there, and after an error", async () => {
    const { secret } = await secretsFrom((request) => {
      if (request.before === 0) return fault(400, "ResourceNotFoundException");
      return request.before === 1 ? fault(400, "DecryptionFailure") : counting(request);
    });
    expect(await secret("slack")).toBeUndefined();
    await expect(secret("slack")).rejects.toMatchObject({ name: "TerminalError", reason: "refused" });
    expect(await secret("slack")).toBe("value 2");
  });

  it("survives an answer of the server's trouble", async () => {
    const { secret } = await secretsFrom((request) =>
      request.before === 0 ? fault(500, "InternalServiceError") : counting(request),
    );
    expect(await secret("slack")).toBe("value 1");
  });

  it("says that a secret was made, but never given a value", async () => {
    const words = "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT";
    const { secret } = await secretsFrom(() => fault(400, "ResourceNotFoundException", words));
    await expect(secret("slack")).rejects.toMatchObject({
      name: "TerminalError",
      reason: "secret-empty",
      remedy: expect.stringContaining("put-secret-value --secret-id slack"),
    });
  });

  it("says how to bring back a secret that is to be deleted", async () => {
    const { secret } = await secretsFrom(() => fault(400, "InvalidRequestException", "marked for deletion"));
    await expect(secret("slack")).rejects.toMatchObject({
      name: "TerminalError",
      reason: "secret-deleted",
      remedy: expect.stringContaining("restore-secret --secret-id slack"),
    });
  });

  it("names the right that is missing", async () => {
    const { secret } = await secretsFrom(() => fault(400, "AccessDeniedException"));
    await expect(secret("slack")).rejects.toMatchObject({
      name: "TerminalError",
      reason: "forbidden",
      message: expect.stringContaining("secretsmanager:GetSecretValue on slack is missing"),
    });
  });

  it("refuses a secret that is no text", async () => {
    const { secret } = await secretsFrom(() => ({ status: 200, body: JSON.stringify({ SecretBinary: "AAAA" }) }));
    await expect(secret("slack")).rejects.toMatchObject({ name: "TerminalError", reason: "secret-binary" });
  });
});

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, inject, it } from "vitest";
import { awsConfig } from "#aws/config";
import { dynamoAlertStates } from "#aws/dynamo-alert-states";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { fixedClock } from "#fleet/clock";
import { ConflictError, TerminalError } from "#fleet/errors";
import { arnOf, clusterRecord } from "#test/contracts/registry";
import { serveAws } from "#test/fakes/aws-server";
import { dynamoFault } from "#test/fakes/dynamo-server";
import { fleetTableOn } from "#test/real/servers/fleet-table";

const clock = fixedClock("2026-11-20T12:00:00Z");

/** A client whose writes reach the emulator while every first answer to one is lost. */
async function losingAnswers(emulator: string) {
  let writes = 0;
  const server = await serveAws(async ({ method, path, headers, body }) => {
    const { "content-length": _, host: __, ...kept } = headers;
    const answer = await fetch(new URL(path, emulator), { method, headers: kept, body });
    const text = await answer.text();
    if (headers["x-amz-target"]?.endsWith("UpdateItem")) writes += 1;
    if (writes % 2 === 1) return dynamoFault("InternalServerError", {}, 500);
    return { status: answer.status, headers: { "content-type": "application/x-amz-json-1.0" }, body: text };
  });
  const client = new DynamoDBClient(awsConfig({ region: "eu-west-1", endpoint: server.url }));
  return { client, writes: () => writes, close: () => server.close() };
}

describe.each(["ministack", "moto"] as const)("the fleet table on %s", (emulator) => {
  it("holds clusters and alerts apart", async () => {
    const { client, table } = await fleetTableOn(inject(emulator));
    const registry = dynamoRegistry({ client, table, clock });
    const states = dynamoAlertStates({ client, table, clock });
    await registry.put(clusterRecord("demo", { lookAt: "2026-11-20T10:00:00Z" }), 0);
    expect(await states.get(arnOf("demo"))).toBeUndefined();
    expect(await states.unpublished(10)).toEqual([]);
  });

  it("is listed whole where it takes several pages of a megabyte", async () => {
    const { client, table } = await fleetTableOn(inject(emulator));
    const registry = dynamoRegistry({ client, table, clock });
    const names = Array.from({ length: 30 }, (_, index) => `c${index + 10}`);
    const message = "x".repeat(90_000);
    const put = (name: string) => registry.put(clusterRecord(name, { message, lookAt: "2026-11-20T10:00:00Z" }), 0);
    await Promise.all(names.map(put));
    const arns = (records: readonly { readonly arn: string }[]) => records.map(({ arn }) => arn).toSorted();
    expect(arns(await registry.all())).toEqual(names.map(arnOf));
    expect(arns(await registry.due(clock.now(), 100))).toEqual(names.map(arnOf));
  });

  it("takes no record of more than 400 KB", async () => {
    const { client, table } = await fleetTableOn(inject(emulator));
    const registry = dynamoRegistry({ client, table, clock });
    const failure = await registry
      .put(clusterRecord("demo", { message: "x".repeat(410_000) }), 0)
      .catch((error) => error);
    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure).toMatchObject({ reason: "too-large" });
    expect(await registry.get(arnOf("demo"))).toBeUndefined();
  });

  it("is written once where the answer is lost and the SDK writes again", async () => {
    const { table } = await fleetTableOn(inject(emulator));
    const { client, writes, close } = await losingAnswers(inject(emulator).url);
    const registry = dynamoRegistry({ client, table, clock });
    const first = await registry.put(clusterRecord("demo"), 0);
    const second = await registry.put(clusterRecord("demo", { attempts: 1 }), first);
    expect(writes()).toBe(4);
    await expect(registry.put(clusterRecord("demo", { attempts: 2 }), first)).rejects.toThrow(ConflictError);
    expect(await registry.get(arnOf("demo"))).toEqual({
      record: clusterRecord("demo", { attempts: 1 }),
      version: second,
    });
    await close();
  });

  it("that is not there is told by its name", async () => {
    const { client } = await fleetTableOn(inject(emulator));
    const registry = dynamoRegistry({ client, table: "nowhere", clock });
    await expect(registry.all()).rejects.toMatchObject({ reason: "no-table", value: "nowhere" });
    await expect(registry.get(arnOf("demo"))).rejects.toMatchObject({ reason: "no-table" });
    await expect(registry.put(clusterRecord("demo"), 0)).rejects.toMatchObject({ reason: "no-table" });
  });
});

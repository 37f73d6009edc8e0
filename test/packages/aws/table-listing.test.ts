import { describe, expect, it } from "vitest";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { fixedClock } from "#fleet/clock";
import { RetryableError, TerminalError } from "#fleet/errors";
import { arnOf, clusterRecord } from "#test/contracts/registry";
import { clusterItem, dynamoAnswer, dynamoFault, type ScriptedAnswer, scriptedDynamo } from "#test/fakes/dynamo-server";

const NOON = new Date("2026-11-20T12:00:00Z");
const THROTTLED = dynamoFault("ProvisionedThroughputExceededException");

async function registryOn(...answers: readonly ScriptedAnswer[]) {
  const { client, requests } = await scriptedDynamo(...answers);
  return { registry: dynamoRegistry({ client, table: "fleet", clock: fixedClock(NOON) }), requests };
}

/** A page of clusters by these names; with `more`, not the last one. */
function page(names: readonly string[], more?: "more") {
  const Items = names.map((name) => clusterItem(clusterRecord(name)));
  const key = { pk: { S: "clusters" }, sk: { S: arnOf(names.at(-1) ?? "none") } };
  return dynamoAnswer({ Items, Count: Items.length, ...(more === undefined ? {} : { LastEvaluatedKey: key }) });
}

const names = (records: readonly { readonly arn: string }[]) => records.map(({ arn }) => arn.split("/").at(-1));

describe("a listing of the table", () => {
  it("reads consistently, and goes on where the page before ended", async () => {
    const { registry, requests } = await registryOn(page(["a", "b"], "more"), page(["c"]));
    expect(names(await registry.all())).toEqual(["a", "b", "c"]);
    expect(requests.map(({ operation, input }) => [operation, input.ConsistentRead, input.ExclusiveStartKey])).toEqual([
      ["Query", true, undefined],
      ["Query", true, { pk: { S: "clusters" }, sk: { S: arnOf("b") } }],
    ]);
  });

  it("goes on after a page that is empty and not the last", async () => {
    const { registry } = await registryOn(page([], "more"), page(["c"]));
    expect(names(await registry.all())).toEqual(["c"]);
  });

  it("asks for no more than are still wanted", async () => {
    const { registry, requests } = await registryOn(page(["a", "b"], "more"), page(["c"], "more"));
    expect(names(await registry.due(NOON, 3))).toEqual(["a", "b", "c"]);
    expect(requests.map(({ input }) => input.Limit)).toEqual([3, 1]);
    expect(await registry.due(NOON, 0)).toEqual([]);
    expect(requests).toHaveLength(2);
  });

  it("names the index that a right is missing on, since that on its table is none on it", async () => {
    const { registry } = await registryOn(dynamoFault("AccessDeniedException"));
    await expect(registry.due(NOON, 1)).rejects.toMatchObject({
      reason: "forbidden",
      remedy: expect.stringContaining("dynamodb:Query on fleet/index/due "),
    });
    await expect(registry.all()).rejects.toMatchObject({ remedy: expect.stringContaining("dynamodb:Query on fleet ") });
  });

  it("names the table that is not there, and not its index", async () => {
    const { registry } = await registryOn(dynamoFault("ResourceNotFoundException"));
    await expect(registry.due(NOON, 1)).rejects.toMatchObject({ reason: "no-table", value: "fleet" });
  });

  it("survives a throttled page", async () => {
    const { registry } = await registryOn(page(["a"], "more"), THROTTLED, page(["b"]));
    expect(names(await registry.all())).toEqual(["a", "b"]);
  });

  it.each([
    ["is throttled for good", THROTTLED, { reason: "throttled" }],
    ["is a server error", dynamoFault("InternalServerError", {}, 500), { reason: "server-error" }],
    ["is cut", { ...page(["b"]), body: page(["b"]).body.slice(0, 40) }, { reason: "unreachable" }],
    ["is something else", dynamoAnswer({}), { reason: "list-malformed", value: "fleet" }],
  ])("gives no part when its second page %s", async (_, second, error) => {
    const { registry } = await registryOn(page(["a"], "more"), second);
    const failure = await registry.all().catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(RetryableError);
    expect(failure).toMatchObject(error);
  });

  it("ends with an error where the pages would never end", async () => {
    const { registry } = await registryOn(page(["a"], "more"), page(["b"], "more"), page(["a"], "more"));
    await expect(registry.all()).rejects.toMatchObject({ reason: "list-malformed" });
  });

  it("leaves out what has expired and goes on to the next page for the rest", async () => {
    const at = NOON.getTime() / 1000;
    const gone = clusterItem(clusterRecord("gone"), { expiresAt: at });
    const kept = clusterItem(clusterRecord("kept"), { expiresAt: at + 1 });
    const first = dynamoAnswer({ Items: [gone], LastEvaluatedKey: { pk: { S: "clusters" }, sk: { S: "x" } } });
    const { registry } = await registryOn(first, dynamoAnswer({ Items: [kept] }));
    expect(names(await registry.due(NOON, 1))).toEqual(["kept"]);
  });
});

describe("an item that is none of ours", () => {
  it.each([
    ["has no number as its version", { version: "1" }, "version"],
    ["has a version that no write makes", { version: 0 }, "version"],
    ["has no time as its expiry", { expiresAt: "soon" }, "expiresAt"],
  ])("because it %s is told with its key and field", async (_, changes, field) => {
    const record = clusterRecord("demo");
    const { registry } = await registryOn(dynamoAnswer({ Item: clusterItem(record, changes) }));
    const failure = await registry.get(record.arn).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure).toMatchObject({ reason: "malformed-record", field });
    expect(failure).toHaveProperty("message", expect.stringContaining(record.arn));
  });
});

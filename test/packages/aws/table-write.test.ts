import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { nextRecord } from "#alerts/state";
import { dynamoAlertStates } from "#aws/dynamo-alert-states";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { fixedClock } from "#fleet/clock";
import { ConflictError, RetryableError, TerminalError } from "#fleet/errors";
import { clusterRecord } from "#test/contracts/registry";
import {
  type DynamoRequest,
  dynamoAnswer,
  dynamoFault,
  type ScriptedAnswer,
  scriptedDynamo,
} from "#test/fakes/dynamo-server";

const WRITTEN = dynamoAnswer({ Attributes: { version: { N: "8" } } });
const LOST_ANSWER = dynamoFault("InternalServerError", {}, 500);

const Update = v.object({ ExpressionAttributeValues: v.object({ ":writeId": v.object({ S: v.string() }) }) });

function writeIdOf({ input }: DynamoRequest): string {
  return v.parse(Update, input).ExpressionAttributeValues[":writeId"].S;
}

/** The conditional write finds this instead of what it expected. */
function conflictWith(writeId: string, version: string) {
  return dynamoFault("ConditionalCheckFailedException", { Item: { writeId: { S: writeId }, version: { N: version } } });
}

async function put(...answers: readonly ScriptedAnswer[]) {
  const { client, requests } = await scriptedDynamo(...answers);
  const registry = dynamoRegistry({ client, table: "fleet", clock: fixedClock("2026-11-20T12:00:00Z") });
  const result = await registry.put(clusterRecord("demo"), 7).catch((error: unknown) => error);
  return { result, requests };
}

describe("a write to the table", () => {
  it("tells the version that it has made", async () => {
    expect((await put(WRITTEN)).result).toBe(8);
  });

  it("keeps numbers that DynamoDB has no room for as text: a bad meta.json may hold any", async () => {
    const { client, requests } = await scriptedDynamo(WRITTEN);
    const clock = fixedClock("2026-11-20T12:00:00Z");
    const evidence = { numbers: [1e300, -1e126, 1e-200, 9.99e125, 0, -1.5, Number.MAX_SAFE_INTEGER] };
    const alert = {
      id: "block.meta-corrupt",
      severity: "critical",
      labels: {},
      summary: "",
      remedy: "",
      evidence,
    } as const;
    const record = nextRecord(undefined, { status: "firing", source: "audit", alert }, clock.now());
    if (record === "unchanged") throw new Error("nothing is to be written");
    await dynamoAlertStates({ client, table: "fleet", clock }).put(record, 0);
    const text = JSON.stringify(requests[0]?.input);
    for (const kept of ['"1e+300"', '"-1e+126"', '"1e-200"']) expect(text).toContain(`{"S":${kept}}`);
    for (const kept of ['"9.99e+125"', '"0"', '"-1.5"', '"9007199254740991"']) expect(text).toContain(`{"N":${kept}}`);
  });

  it("has lost to nobody when only its first answer was lost", async () => {
    const { result, requests } = await put(LOST_ANSWER, (again) => conflictWith(writeIdOf(again), "8"));
    expect(result).toBe(8);
    expect(new Set(requests.map(writeIdOf)).size).toBe(1);
  });

  it("has lost to somebody who wrote at the same version", async () => {
    const { result } = await put(LOST_ANSWER, conflictWith("another", "8"));
    expect(result).toBeInstanceOf(ConflictError);
    expect(result).toMatchObject({ reason: "version-conflict", value: 7 });
  });

  it("has lost when there is nothing any more, and when a transaction holds the item", async () => {
    expect((await put(dynamoFault("ConditionalCheckFailedException"))).result).toBeInstanceOf(ConflictError);
    expect((await put(dynamoFault("TransactionConflictException"))).result).toBeInstanceOf(ConflictError);
  });

  it("is tried three times when it is throttled, and is then for later", async () => {
    const { result, requests } = await put(dynamoFault("ThrottlingException"));
    expect(requests).toHaveLength(3);
    expect(result).toBeInstanceOf(RetryableError);
    expect(result).not.toBeInstanceOf(ConflictError);
    expect(result).toMatchObject({ reason: "throttled", value: "fleet" });
  });

  it("whose answer says nothing may have been done or not", async () => {
    const { result } = await put(dynamoAnswer({}));
    expect(result).toBeInstanceOf(RetryableError);
    expect(result).toMatchObject({ reason: "unreadable-answer" });
  });

  it.each([
    [
      "a record that is too large",
      dynamoFault("ValidationException", { message: "Item size to update has exceeded the maximum allowed size" }),
      { reason: "too-large" },
    ],
    [
      "a kind that has no room left",
      dynamoFault("ItemCollectionSizeLimitExceededException"),
      { reason: "table-full", value: "fleet" },
    ],
    ["a table that is not there", dynamoFault("ResourceNotFoundException"), { reason: "no-table", value: "fleet" }],
    [
      "a right that is missing",
      dynamoFault("AccessDeniedException"),
      { reason: "forbidden", message: expect.stringContaining("dynamodb:UpdateItem on fleet") as unknown },
    ],
    ["any other refusal", dynamoFault("ValidationException"), { reason: "refused" }],
  ])("needs a person for %s", async (_, answer, error) => {
    const { result } = await put(answer);
    expect(result).toBeInstanceOf(TerminalError);
    expect(result).toMatchObject(error);
  });
});

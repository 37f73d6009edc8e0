import { describe, expect, it, onTestFinished } from "vitest";
import { eventBus } from "#aws/event-bus";
import { type Call, fault, json, type Reply, serveAws } from "#test/fakes/aws-server";

const EVENT = { source: "musterbook.drill", "detail-type": "Drill", detail: { name: "prod-a" } };

async function busOf(answer: (call: Call) => Reply) {
  const calls: Call[] = [];
  const server = await serveAws((call) => {
    calls.push(call);
    return answer(call);
  });
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
  return { bus: eventBus({ region: "eu-west-1", credentials, endpoint: server.url }), calls };
}

function entryFailed(ErrorCode: string): Reply {
  return json(200, { FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: "no" }] });
}

describe("eventBus", () => {
  it("puts the event, and answers with its id", async () => {
    const { bus, calls } = await busOf(() => json(200, { FailedEntryCount: 0, Entries: [{ EventId: "e-1" }] }));
    expect(await bus.putEvent(EVENT)).toBe("e-1");
    expect(calls.map(({ body }) => JSON.parse(body))).toEqual([
      { Entries: [{ Source: "musterbook.drill", DetailType: "Drill", Detail: '{"name":"prod-a"}' }] },
    ]);
  });

  it("puts it on the bus that is named, and names it in errors", async () => {
    const calls: Call[] = [];
    const answers = [
      json(200, { FailedEntryCount: 0, Entries: [{ EventId: "e-1" }] }),
      entryFailed("AccessDeniedException"),
    ];
    const server = await serveAws((call) => {
      calls.push(call);
      return answers[calls.length - 1] ?? fault(500, "InternalFailure", "asked too often");
    });
    onTestFinished(() => server.close());
    const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "example" };
    const bus = eventBus({ region: "eu-west-1", credentials, endpoint: server.url }, "hub");

    expect(await bus.putEvent(EVENT)).toBe("e-1");
    await expect(bus.putEvent(EVENT)).rejects.toThrow("event-bus/hub");
    expect(JSON.parse(calls[0]?.body ?? "")).toMatchObject({ Entries: [{ EventBusName: "hub" }] });
  });

  it.each([
    ["ThrottlingException", "RetryableError", "throttled"],
    ["InternalFailure", "RetryableError", "server-error"],
    ["InternalException", "RetryableError", "server-error"],
    ["AccessDeniedException", "TerminalError", "forbidden"],
    ["NotAuthorizedForSourceException", "TerminalError", "not-authorized-for-source"],
    ["NotAuthorizedForDetailTypeException", "TerminalError", "refused"],
    ["MalformedDetail", "TerminalError", "refused"],
  ])("takes an answer of 200 whose entry failed with %s for a %s, %s", async (code, name, reason) => {
    const { bus } = await busOf(() => entryFailed(code));
    await expect(bus.putEvent(EVENT)).rejects.toMatchObject({ name, reason });
  });

  it.each([
    ["ThrottlingException", 400, "RetryableError", "throttled"],
    ["InternalException", 500, "RetryableError", "server-error"],
    ["AccessDeniedException", 400, "TerminalError", "forbidden"],
    ["ValidationException", 400, "TerminalError", "refused"],
  ])("takes %s, %i, for a %s, %s", async (code, status, name, reason) => {
    const { bus } = await busOf(() => fault(status, code, "no"));
    await expect(bus.putEvent(EVENT)).rejects.toMatchObject({ name, reason });
  });

  it.each([
    ["no count", { Entries: [{ EventId: "e-1" }] }],
    ["no entry", { FailedEntryCount: 0, Entries: [] }],
    ["no id", { FailedEntryCount: 0, Entries: [{}] }],
    ["nothing", {}],
  ])("does not believe an answer with %s", async (_, answer) => {
    const { bus } = await busOf(() => json(200, answer));
    await expect(bus.putEvent(EVENT)).rejects.toMatchObject({ name: "RetryableError", reason: "unreachable" });
  });

  it("asks nobody about an event that no bus takes", async () => {
    const { bus, calls } = await busOf(() => entryFailed("MalformedDetail"));
    await expect(bus.putEvent({ ...EVENT, source: "" })).rejects.toMatchObject({ reason: "invalid-event" });
    expect(calls).toEqual([]);
  });
});

import { EventBridgeClient, PutEventsCommand, type PutEventsCommandOutput } from "@aws-sdk/client-eventbridge";
import * as v from "valibot";
import { awsError } from "#aws/aws-error";
import { type AwsScope, awsConfig } from "#aws/config";
import { parseWith } from "#config/schema";
import { type BusEvent, notAuthorizedForSource, parseBusEvent } from "#fleet/bus-event";
import { RetryableError } from "#fleet/errors";

/** A bus of EventBridge. */
export interface EventBus {
  /**
   * Puts `source`, `detail-type` and `detail` on the bus, answers with the id of the event; AWS fills in the rest.
   * TerminalError `invalid-event`, `not-authorized-for-source`; else as `awsError`.
   */
  putEvent(event: unknown): Promise<string>;
}

/** `name`: of a bus in the scope's account and region. */
export function eventBus(scope: AwsScope, name = DEFAULT): EventBus {
  const client = new EventBridgeClient(awsConfig(scope));
  return {
    putEvent: async (input) => {
      const event = parseBusEvent(input);
      const attempt = attemptOf(event, name);
      const answer = await client.send(commandOf(event, name)).catch((cause: unknown) => {
        throw awsError(cause, attempt);
      });
      return idOf(event, name, answer);
    },
  };
}

const DEFAULT = "default";

function attemptOf({ "detail-type": type }: BusEvent, bus: string) {
  return { what: `cannot put ${type} on the bus`, action: "events:PutEvents", resource: `event-bus/${bus}` };
}

function commandOf({ source, "detail-type": type, detail }: BusEvent, bus: string): PutEventsCommand {
  const entry = { Source: source, DetailType: type, Detail: JSON.stringify(detail) };
  return new PutEventsCommand({ Entries: [bus === DEFAULT ? entry : { ...entry, EventBusName: bus }] });
}

// One entry was put, so one is answered.
const Answer = v.object({
  FailedEntryCount: v.number(),
  Entries: v.strictTuple([
    v.object({
      EventId: v.optional(v.string(), ""),
      ErrorCode: v.optional(v.string(), ""),
      ErrorMessage: v.optional(v.string(), ""),
    }),
  ]),
});

/** PutEvents answers 200 whatever became of the entries. */
function idOf(event: BusEvent, bus: string, answer: PutEventsCommandOutput): string {
  const parsed = parseWith(Answer, answer);
  if (!parsed.ok) throw unclear(event, bus, answer);
  const { FailedEntryCount: failed, Entries } = parsed.value;
  const [{ EventId: id, ErrorCode: code, ErrorMessage: message }] = Entries;
  if (failed > 0 || code !== "") throw entryError(event, bus, { code, message });
  if (id === "") throw unclear(event, bus, answer);
  return id;
}

// The codes of PutEventsResultEntry that AWS calls retryable, but for throttling.
const AWS_AT_FAULT = new Set(["InternalException", "InternalFailure"]);

function entryError(
  event: BusEvent,
  bus: string,
  { code, message }: { readonly code: string; readonly message: string },
): unknown {
  const httpStatusCode = AWS_AT_FAULT.has(code) ? 500 : 400;
  const cause = Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode } });
  if (code === "NotAuthorizedForSourceException") return notAuthorizedForSource(event.source, cause);
  return awsError(cause, attemptOf(event, bus));
}

function unclear(event: BusEvent, bus: string, answer: unknown): RetryableError {
  return new RetryableError(`${attemptOf(event, bus).what}: the answer does not say whether it is there`, {
    reason: "unreachable",
    field: "answer",
    value: answer,
    remedy: "Put it again; if it stays, check that the endpoint is EventBridge and no proxy changes its answers.",
  });
}

import * as v from "valibot";
import { parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { MAX_EVENT_BYTES } from "#fleet/message-limits";

const BusEvent = v.looseObject({
  source: v.pipe(v.string(), v.nonEmpty("name who tells, e.g. musterbook.drill")),
  "detail-type": v.pipe(v.string(), v.nonEmpty("name what is told")),
  detail: v.record(v.string(), v.unknown()),
});

/** What a bus insists on in an event; other fields of the envelope may be there. */
export type BusEvent = v.InferOutput<typeof BusEvent>;

/**
 * Reads an event for EventBridge's bus.
 * @throws TerminalError `invalid-event`, also when its source, type and detail exceed 256 KiB together
 */
export function parseBusEvent(input: unknown): BusEvent {
  const parsed = parseWith(BusEvent, input);
  if (!parsed.ok) throw invalid(parsed.problems[0]?.field, parsed.problems[0]?.value, parsed.problems[0]?.remedy);
  const { source, "detail-type": type, detail } = parsed.value;
  const bytes = Buffer.byteLength(source) + Buffer.byteLength(type) + Buffer.byteLength(JSON.stringify(detail));
  if (bytes > MAX_EVENT_BYTES) throw invalid("detail", bytes, `Put ${MAX_EVENT_BYTES} bytes at most.`);
  return parsed.value;
}

/** Nobody but AWS may speak for `aws.*`. */
export function notAuthorizedForSource(source: string, cause?: unknown): TerminalError {
  return new TerminalError(`nobody but AWS may put events of ${source} on a bus`, {
    remedy: "Use the source musterbook.drill: the rules match it like the service's own.",
    reason: "not-authorized-for-source",
    field: "source",
    value: source,
    ...(cause === undefined ? {} : { cause }),
  });
}

function invalid(
  field = "(root)",
  value: unknown = undefined,
  remedy = "Put an event with source, detail-type and detail.",
): TerminalError {
  return new TerminalError(`the bus refuses the event for its ${field}`, {
    remedy,
    reason: "invalid-event",
    field,
    value,
  });
}

import * as v from "valibot";
import { parseWith } from "#config/schema";
import type { Clock } from "#fleet/clock";
import { TerminalError } from "#fleet/errors";
import type { OutgoingMessage } from "#fleet/messaging";
import { ACCOUNT, REGION } from "#local/runtime/lambda";
import { MAX_EVENT_BYTES } from "#local/runtime/limits";
import { compilePattern } from "#local/runtime/patterns";
import type { RuleWiring } from "#stacks/wiring";

const BusEvent = v.looseObject({
  source: v.pipe(v.string(), v.nonEmpty("name who tells, e.g. musterbook.drill")),
  "detail-type": v.pipe(v.string(), v.nonEmpty("name what is told")),
  detail: v.record(v.string(), v.unknown()),
});

/** EventBridge's default bus. Both answer with the queues that the event reached. */
export interface Bus {
  /**
   * PutEvents: `source`, `detail-type` and `detail`; the rest of the envelope is filled in. As on AWS, nobody may speak for
   * `aws.*`: a replay uses the source `musterbook.drill`, which the rules of the wiring match too.
   * @throws TerminalError `not-authorized-for-source` or `invalid-event`
   */
  putEvent(event: unknown): Promise<readonly string[]>;
  /** An event of AWS itself, for what plays the part of a service: CloudTrail, S3. */
  serviceEvent(event: unknown): Promise<readonly string[]>;
}

export interface BusDeps {
  readonly rules: readonly RuleWiring[];
  readonly clock: Clock;
  readonly newId: () => string;
  /** To all of the queues or to none. */
  readonly sendAll: (queues: readonly string[], message: OutgoingMessage) => void;
}

export function eventBus({ rules, clock, newId, sendAll }: BusDeps): Bus {
  const compiled = rules.map(({ pattern, queue }, index) => ({
    queue,
    match: compilePattern(pattern, `rules.${index}`),
  }));

  const put = (input: unknown): readonly string[] => {
    const parsed = parseWith(BusEvent, input);
    if (!parsed.ok) throw invalid(parsed.problems[0]?.field, parsed.problems[0]?.value, parsed.problems[0]?.remedy);
    const envelope = {
      version: "0",
      id: newId(),
      account: ACCOUNT,
      time: `${clock.now().toISOString().slice(0, -5)}Z`,
      region: REGION,
      resources: [],
      ...parsed.value,
    };
    const body = JSON.stringify(envelope);
    const bytes = Buffer.byteLength(body);
    if (bytes > MAX_EVENT_BYTES) throw invalid("detail", bytes, `Put ${MAX_EVENT_BYTES} bytes at most.`);
    const reached = compiled.filter(({ match }) => match(envelope)).map(({ queue }) => queue);
    sendAll(reached, { body });
    return reached;
  };

  return {
    putEvent: async (event) => {
      refuseService(event);
      return put(event);
    },
    serviceEvent: async (event) => put(event),
  };
}

function refuseService(event: unknown): void {
  if (typeof event !== "object" || event === null || !("source" in event)) return;
  const { source } = event;
  if (typeof source !== "string" || !source.startsWith("aws.")) return;
  throw new TerminalError(`nobody but AWS may put events of ${source} on a bus`, {
    remedy: "Use the source musterbook.drill: the rules match it like the service's own.",
    reason: "not-authorized-for-source",
    field: "source",
    value: source,
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

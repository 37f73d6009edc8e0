import { type BusEvent, notAuthorizedForSource, parseBusEvent } from "#fleet/bus-event";
import type { Clock } from "#fleet/clock";
import type { OutgoingMessage } from "#fleet/messaging";
import { ACCOUNT, REGION } from "#local/runtime/lambda";
import { compilePattern } from "#local/runtime/patterns";
import type { RuleWiring } from "#stacks/wiring";

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

  const put = (event: BusEvent): readonly string[] => {
    const envelope = {
      version: "0",
      id: newId(),
      account: ACCOUNT,
      time: `${clock.now().toISOString().slice(0, -5)}Z`,
      region: REGION,
      resources: [],
      ...event,
    };
    const reached = compiled.filter(({ match }) => match(envelope)).map(({ queue }) => queue);
    sendAll(reached, { body: JSON.stringify(envelope) });
    return reached;
  };

  return {
    putEvent: async (event) => {
      const { source, "detail-type": type, detail } = parseBusEvent(event);
      if (source.startsWith("aws.")) throw notAuthorizedForSource(source);
      return put({ source, "detail-type": type, detail });
    },
    serviceEvent: async (event) => put(parseBusEvent(event)),
  };
}

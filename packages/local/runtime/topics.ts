import { describeError, TerminalError } from "#fleet/errors";
import type { Log } from "#fleet/log";
import { checkPublication } from "#fleet/message-limits";
import type { OutgoingMessage, Publication, Topics } from "#fleet/messaging";
import { compileFilter } from "#local/runtime/patterns";
import type { Matcher, SubscriptionWiring } from "#stacks/wiring";

export type Subscriber = (publication: Publication) => void | Promise<void>;

export interface LocalTopics extends Topics {
  /** Calls `fn` with every publication that passes the filter policy; its failure is logged. Returns how to end it. */
  subscribe(topic: string, filter: { readonly [attribute: string]: readonly Matcher[] }, fn: Subscriber): () => void;
}

export interface TopicsDeps {
  readonly topics: readonly string[];
  readonly subscriptions: readonly SubscriptionWiring[];
  readonly log: Log;
  /** To all of the queues or to none. */
  readonly sendAll: (queues: readonly string[], message: OutgoingMessage) => void;
}

interface Listener {
  readonly topic: string;
  readonly passes: (attributes: Publication["attributes"]) => boolean;
  readonly fn: Subscriber;
}

/**
 * SNS standard topics: filter policies on attributes, raw delivery into queues (the attributes become the message's).
 * `publish` throws TerminalError `invalid-message` on what SNS refuses, `unknown-topic` on another name.
 */
export function localTopics({ topics, subscriptions, log, sendAll }: TopicsDeps): LocalTopics {
  const listeners = new Set<Listener>();
  const compiled = subscriptions.map(({ topic, filter, queue }, index) => {
    checkTopic(topics, topic);
    return { topic, queue, passes: compileFilter(filter, `subscriptions.${index}.filter`) };
  });

  return {
    publish: async (topic, publication) => {
      checkTopic(topics, topic);
      checkPublication(topic, publication);
      const { message, attributes, groupId } = publication;
      const reached = compiled.filter((to) => to.topic === topic && to.passes(attributes)).map(({ queue }) => queue);
      sendAll(reached, { body: message, attributes, ...(groupId === undefined ? {} : { groupId }) });
      for (const listener of [...listeners]) {
        if (listener.topic === topic && listener.passes(attributes)) await tell(listener, publication, log);
      }
    },
    subscribe: (topic, filter, fn) => {
      checkTopic(topics, topic);
      const listener = { topic, passes: compileFilter(filter), fn };
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function tell({ topic, fn }: Listener, publication: Publication, log: Log): Promise<void> {
  try {
    await fn(publication);
  } catch (error) {
    log.warn("subscriber failed", { topic, error: describeError(error) });
  }
}

function checkTopic(topics: readonly string[], topic: string): void {
  if (topics.includes(topic)) return;
  throw new TerminalError(`there is no topic ${topic}`, {
    remedy: `Name one of the wiring: ${topics.join(", ")}.`,
    reason: "unknown-topic",
    field: "topic",
    value: topic,
  });
}

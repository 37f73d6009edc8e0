/** A message for a queue. Bodies are JSON text and carry `schemaVersion`. */
export interface OutgoingMessage {
  readonly body: string;
  /** FIFO queues only: messages of one group are delivered one batch at a time, in order. */
  readonly groupId?: string;
  /** FIFO queues only: a second message with the same id within 5 minutes is accepted and dropped. */
  readonly dedupId?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** SQS by queue name; names are those of `stacks/wiring.ts`. */
export interface Queues {
  send(queue: string, message: OutgoingMessage): Promise<void>;
}

/** A message for a topic. Attributes are what subscribers filter on; a value is never empty (SNS refuses it). */
export interface Publication {
  readonly message: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** SNS forwards it to SQS standard queues as the fair-queue group. */
  readonly groupId?: string;
}

/** SNS by topic name. */
export interface Topics {
  publish(topic: string, publication: Publication): Promise<void>;
}

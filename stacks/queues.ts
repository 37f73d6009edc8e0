import { logicalName, type Stage } from "#stacks/stage";
import { functions, queues, rules, subscriptions, UNDELIVERED } from "#stacks/wiring";

/** Four days to notice, ten to decide: what SQS keeps at most. */
const DEAD_LETTERS_KEPT_SECONDS = 14 * 86_400;

/** The queues that this stage's functions use, by the names of the wiring, each dead-letter queue before its source. */
export function makeQueues(stage: Stage): ReadonlyMap<string, sst.aws.Queue> {
  const made = new Map<string, sst.aws.Queue>();
  for (const name of deadLetterQueuesOf(stage)) {
    made.set(name, makeQueue(stage, name, { messageRetentionSeconds: DEAD_LETTERS_KEPT_SECONDS }));
  }
  for (const name of queuesOf(stage)) {
    const { visibilitySeconds, maxReceiveCount, deadLetterQueue } = queues[name];
    const deadLetterTargetArn = made.get(deadLetterQueue)?.arn;
    const redrivePolicy = $jsonStringify({ deadLetterTargetArn, maxReceiveCount });
    made.set(name, makeQueue(stage, name, { visibilityTimeoutSeconds: visibilitySeconds, redrivePolicy }));
  }
  return made;
}

function makeQueue({ name: nameOf }: Stage, name: string, settings: aws.sqs.QueueArgs): sst.aws.Queue {
  return new sst.aws.Queue(logicalName(name), {
    fifo: name.endsWith(".fifo"),
    transform: { queue: { ...settings, name: nameOf(name), sqsManagedSseEnabled: true } },
  });
}

/** Queues that a function of this stage consumes. */
export function queuesOf(stage: Stage) {
  return stage.functions.flatMap((name) => {
    const { source } = functions[name];
    return source.kind === "queue" ? [source.queue] : [];
  });
}

export function deadLetterQueuesOf(stage: Stage): readonly string[] {
  const ofFunctions = stage.functions.map((name) => {
    const { source } = functions[name];
    return source.kind === "queue" ? queues[source.queue].deadLetterQueue : source.deadLetterQueue;
  });
  return [...new Set([...ofFunctions, UNDELIVERED])];
}

export function rulesOf(stage: Stage) {
  const consumed: readonly string[] = queuesOf(stage);
  return rules.filter(({ queue }) => consumed.includes(queue));
}

export function subscriptionsOf(stage: Stage) {
  const consumed: readonly string[] = queuesOf(stage);
  return subscriptions.filter(({ queue }) => consumed.includes(queue));
}

import { logicalName, type Stage } from "#stacks/stage";
import { queueNamed, wiringOf } from "#stacks/vpcs";
import { type QueueWiring, rules, subscriptions, UNDELIVERED } from "#stacks/wiring";

/** Four days to notice, ten to decide: what SQS keeps at most. */
const DEAD_LETTERS_KEPT_SECONDS = 14 * 86_400;

/** The queues that this stage's functions use, by the names of the wiring, each dead-letter queue before its source. */
export function makeQueues(stage: Stage): ReadonlyMap<string, sst.aws.Queue> {
  const made = new Map<string, sst.aws.Queue>();
  for (const name of deadLetterQueuesOf(stage)) {
    made.set(name, makeQueue(stage, name, { messageRetentionSeconds: DEAD_LETTERS_KEPT_SECONDS }));
  }
  for (const [name, { visibilitySeconds, maxReceiveCount, deadLetterQueue }] of queuesOf(stage)) {
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
function queuesOf(stage: Stage): readonly (readonly [name: string, wiring: QueueWiring])[] {
  return stage.functions.flatMap((name) => {
    const { source } = wiringOf(name);
    const found = source.kind === "queue" ? queueNamed(source.queue) : undefined;
    return found === undefined ? [] : [found];
  });
}

export function deadLetterQueuesOf(stage: Stage): readonly string[] {
  const ofQueues = queuesOf(stage).map(([, { deadLetterQueue }]) => deadLetterQueue);
  const ofOthers = stage.functions.flatMap((name) => {
    const { source } = wiringOf(name);
    return source.kind === "queue" ? [] : [source.deadLetterQueue];
  });
  return [...new Set([...ofQueues, ...ofOthers, UNDELIVERED])];
}

export function rulesOf(stage: Stage) {
  return rules.filter(({ queue }) => isConsumed(stage, queue));
}

export function subscriptionsOf(stage: Stage) {
  return subscriptions.filter(({ queue }) => isConsumed(stage, queue));
}

function isConsumed(stage: Stage, queue: string): boolean {
  return queuesOf(stage).some(([name]) => name === queue);
}

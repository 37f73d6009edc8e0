import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { queues } from "#stacks/wiring";

/** How many messages a queue holds, those that somebody has received among them. */
export async function depth(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    }),
  );
  const { ApproximateNumberOfMessages: there = 0, ApproximateNumberOfMessagesNotVisible: received = 0 } = Attributes;
  return Number(there) + Number(received);
}

/** The first message of a dead-letter queue, which stays there for the next who looks. */
export async function letterIn(sqs: SQSClient, QueueUrl: string): Promise<Message | undefined> {
  const look = { QueueUrl, VisibilityTimeout: 0, MessageAttributeNames: ["All"] };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(look));
  return Messages[0];
}

/**
 * What the runbook says under `ops.dead-letters`, by hand: ministack has no StartMessageMoveTask. Each message goes to the
 * queue that its attribute `queue` names, mended or as it was, and is then deleted. Gives how many there were; what comes
 * back meanwhile stays.
 */
export async function redrive(
  sqs: SQSClient,
  of: { readonly from: string; readonly urlOf: (queue: string) => string; readonly mend?: (body: string) => string },
): Promise<number> {
  const { from: QueueUrl, urlOf, mend = (body: string) => body } = of;
  const there = await depth(sqs, QueueUrl);
  for (let moved = 0; moved < there; moved += 1) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"], VisibilityTimeout: 60 }),
    );
    const [message] = Messages;
    if (message === undefined) throw new Error(`${there} dead letters were there, and only ${moved} came`);
    const { Body = "", ReceiptHandle, MessageAttributes = {} } = message;
    const home = MessageAttributes.queue?.StringValue ?? "";
    if (!Object.hasOwn(queues, home)) throw new Error(`a dead letter names no queue of ours: ${home}`);
    await sqs.send(new SendMessageCommand({ QueueUrl: urlOf(home), MessageBody: mend(Body) }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }
  return there;
}

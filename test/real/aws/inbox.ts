import { SQSClient } from "@aws-sdk/client-sqs";
import { type AwsScope, awsConfig } from "#aws/config";
import { receiveMessages } from "#test/real/aws/poller";

type Message = Awaited<ReturnType<typeof receiveMessages>>[number];

const QUEUE = { fifo: false, visibilitySeconds: 30, maxReceiveCount: 3 } as const;

/** `inbox` is what a test looks at; `witness` gets everything, after it. */
export const INBOXES = {
  inbox: { ...QUEUE, deadLetterQueue: "inbox-dlq" },
  witness: { ...QUEUE, deadLetterQueue: "witness-dlq" },
};

/** Below the time that clients wait for an answer. */
const PATIENCE_SECONDS = 5;

/**
 * What is in `inbox` once the witness has as many messages as were sent: so what is not there was held back, and is not
 * merely late.
 */
export function inboxReader(scope: AwsScope, urls: Readonly<Record<keyof typeof INBOXES, string>>) {
  const client = new SQSClient(awsConfig(scope));
  const receive = (queue: keyof typeof INBOXES, WaitTimeSeconds: number): Promise<readonly Message[]> =>
    receiveMessages(client, { QueueUrl: urls[queue], MaxNumberOfMessages: 10, WaitTimeSeconds });
  return async (sent: number): Promise<readonly Message[]> => {
    let seen = 0;
    while (seen < sent) {
      const messages = await receive("witness", PATIENCE_SECONDS);
      if (messages.length === 0) throw new Error(`only ${seen} of ${sent} messages arrived`);
      seen += messages.length;
    }
    return receive("inbox", 0);
  };
}

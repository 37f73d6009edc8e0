import {
  BatchProcessor,
  EventType,
  processPartialResponse,
  SqsFifoPartialProcessorAsync,
} from "@aws-lambda-powertools/batch";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { describeError, MusterbookError, TerminalError } from "#fleet/errors";
import { withoutRefused } from "#fleet/message-limits";
import type { CommonPorts, Ports } from "#functions/ports";
import { queueNamed } from "#stacks/vpcs";

/** One message of a queue, as a handler sees it. */
export interface Message {
  readonly body: string;
  /** When the invocation ends; work stops well before. */
  readonly deadline: Date;
}

/** A function without its outside: given ports it is a Lambda handler. The deployment and the local runtime give it theirs. */
export type HandlerFactory<P extends CommonPorts = Ports> = (ports: P) => Handler;
type Handler = (event: unknown, context: Context) => Promise<unknown>;

/**
 * Answers each message of a queue by itself: a bad one never stops the batch. TerminalError: the message goes to the
 * dead-letter queue at once, with the reason; anything else: it is handed back and comes again. What is known to be wrong with
 * one that comes for the last time goes with it, since SQS would move it without a word.
 */
export function onMessages<P extends CommonPorts = Ports>(
  answer: (message: Message, ports: P) => Promise<void>,
): HandlerFactory<P> {
  return (ports) =>
    compose<SQSEvent, SQSBatchResponse>(ports, (event, context) => {
      const deadline = new Date(ports.clock.now().getTime() + context.getRemainingTimeInMillis());
      const answerRecord = async (record: SQSRecord): Promise<void> => {
        try {
          await answer({ body: record.body, deadline }, ports);
        } catch (error) {
          ports.log.warn("message failed", {
            queue: queueOf(record),
            messageId: record.messageId,
            error: describeError(error),
          });
          const isKnown = error instanceof MusterbookError;
          if (!isKnown || !(error instanceof TerminalError || isLast(record))) throw error;
          await deadLetter(record, error, ports);
        }
      };
      return respond(event, answerRecord, ports);
    });
}

/** Answers a schedule or a stream. `event` is what its input says, or the batch, which as a whole is a hint to look. */
export function onTick<P extends CommonPorts = Ports>(
  answer: (ports: P, deadline: Date, event: unknown) => Promise<void>,
): HandlerFactory<P> {
  return (ports) =>
    compose<unknown, void>(ports, (event, context) =>
      answer(ports, new Date(ports.clock.now().getTime() + context.getRemainingTimeInMillis()), event),
    );
}

function compose<E, R>(
  { logger }: Pick<CommonPorts, "logger">,
  handle: (event: E, context: Context) => Promise<R>,
): Handler {
  const composed = middy<E, R, Error, Context>().use(injectLambdaContext(logger)).handler(handle);
  return (event, context) => composed(event as E, context);
}

function respond(
  event: SQSEvent,
  answer: (record: SQSRecord) => Promise<void>,
  { logger }: Pick<CommonPorts, "logger">,
): Promise<SQSBatchResponse> {
  // A failure of every message is an answer like any other; thrown, it would make Lambda slow down the queue's poller.
  const options = { throwOnFullBatchFailure: false };
  const isFifo = event.Records.some(
    (record) => record.attributes.MessageGroupId !== undefined && queueOf(record).endsWith(".fifo"),
  );
  if (isFifo) {
    return processPartialResponse(event, answer, new SqsFifoPartialProcessorAsync(), {
      ...options,
      skipGroupOnError: true,
    });
  }
  return processPartialResponse(event, answer, new BatchProcessor(EventType.SQS, { logger }), options);
}

async function deadLetter(
  record: SQSRecord,
  error: MusterbookError,
  { queues: port }: Pick<CommonPorts, "queues">,
): Promise<void> {
  const [queue, wiring] = queueNamed(physicalName(record)) ?? [];
  if (queue === undefined || wiring === undefined) throw error;
  const group = record.attributes.MessageGroupId;
  await port.send(wiring.deadLetterQueue, {
    body: record.body,
    attributes: { reason: reasonOf(error), queue },
    ...(wiring.fifo && group !== undefined ? { groupId: group, dedupId: record.messageId } : {}),
  });
}

/** SQS gives the message up after this receive. */
function isLast(record: SQSRecord): boolean {
  const [, wiring] = queueNamed(physicalName(record)) ?? [];
  return wiring !== undefined && Number(record.attributes.ApproximateReceiveCount) >= wiring.maxReceiveCount;
}

function reasonOf(error: MusterbookError): string {
  return withoutRefused(`${describeError(error)}. ${error.remedy}`.slice(0, REASON_LIMIT));
}

/** Attributes share the message's 256 KiB with its body; a reason is for reading. */
const REASON_LIMIT = 2_000;

/** By its name in the wiring. */
function queueOf(record: SQSRecord): string {
  return queueNamed(physicalName(record))?.[0] ?? physicalName(record);
}

function physicalName(record: SQSRecord): string {
  return record.eventSourceARN.split(":").at(-1) ?? "";
}

import * as v from "valibot";
import { type MessageVersions, readMessage } from "#fleet/message-version";

/** Version 1 is the first. */
export const BUCKET_MESSAGE: MessageVersions = { kind: "request about a bucket", current: 1, upgrades: {} };

const BucketMessage = v.object({
  schemaVersion: v.literal(1, "this version of Musterbook reads schemaVersion 1"),
  url: v.pipe(v.string(), v.nonEmpty("give the URL of a bucket as the configuration has it")),
  because: v.string(),
  stretch: v.exactOptional(
    v.object({
      startedAt: v.pipe(v.number(), v.safeInteger("give the start of the listing in ms since the epoch")),
      nth: v.pipe(v.number(), v.safeInteger(), v.minValue(0, "give the place of the stretch in its listing")),
    }),
  ),
});

/**
 * What `list-bucket` and `audit-bucket` are told: it is this bucket's turn, or that of one stretch of a listing that is spread
 * over several invocations. `because` is for people.
 */
export type BucketMessage = Omit<v.InferOutput<typeof BucketMessage>, "schemaVersion">;

/** The body of a message for `listings.fifo` or `audits.fifo`. */
export function bucketMessage(message: BucketMessage): string {
  return JSON.stringify({ schemaVersion: 1, ...message } satisfies v.InferInput<typeof BucketMessage>);
}

/** Reads a body at the door; throws as `readMessage` does. */
export function parseBucketMessage(body: string): BucketMessage {
  const { schemaVersion: _, ...message } = readMessage(BUCKET_MESSAGE, BucketMessage, body);
  return message;
}

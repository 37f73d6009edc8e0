import { retireSources } from "#alerts/sync";
import { type BucketMessage, bucketMessage } from "#blocks/bucket/bucket-message";
import type { StretchTurn } from "#blocks/index/stretch";
import { messagingId } from "#fleet/message-limits";
import { onTick } from "#functions/lambda";
import type { CommonPorts } from "#functions/ports";

type BucketQueue = "audits.fifo" | "listings.fifo";

/** Every bucket is judged by an invocation of its own. Alerts of one that is audited no more are resolved. */
export const enqueueAudits = onTick<CommonPorts>(async (ports) => {
  await enqueueAll(ports, "audits.fifo");
  const asked = new Set(ports.config.buckets.flatMap(({ url }) => [auditOf(url), listingOf(url)]));
  const mine = [auditOf(""), listingOf("")];
  await retireSources(ports, (source) => mine.some((kind) => source.startsWith(kind)) && !asked.has(source));
});

/** Every bucket is listed by an invocation of its own. */
export const enqueueListings = onTick<CommonPorts>((ports) => enqueueAll(ports, "listings.fifo"));

/** The source of the alerts on what is in a bucket: only `audit-bucket` speaks for it. */
export const auditOf = (url: string) => `audit:${url}`;
/** The source of the alert that a bucket is not listed. */
export const listingOf = (url: string) => `listing:${url}`;

/** Of one listing: S3 takes 5,500 reads a second of one prefix, Thanos's among them, and an invocation may ask for 1,200. */
const STRETCHES_AT_A_TIME = 4;

interface BucketTurn extends BucketMessage {
  /** The queue drops a second message of the same one for five minutes. */
  readonly at: string;
}

/** It is this bucket's turn, or that of a stretch. One at a time of each bucket, and of its stretches four beside that. */
export async function enqueueBucket(
  { queues }: Pick<CommonPorts, "queues">,
  queue: BucketQueue,
  { at, ...message }: BucketTurn,
): Promise<void> {
  const { url, stretch } = message;
  await queues.send(queue, {
    body: bucketMessage(message),
    groupId: messagingId(stretch === undefined ? url : `${url} ${stretch.nth % STRETCHES_AT_A_TIME}`),
    dedupId: messagingId(`${url} ${at}`),
  });
}

/** The rest of a stretch, which is listed after this key. */
export function enqueueStretch(
  ports: Pick<CommonPorts, "queues">,
  url: string,
  { startedAt, nth, after }: StretchTurn & { readonly after: string },
): Promise<void> {
  const at = `${startedAt} stretch ${nth} ${after}`;
  const because = `stretch ${nth} goes on after ${after}`;
  return enqueueBucket(ports, "listings.fifo", { url, because, at, stretch: { startedAt, nth } });
}

/** One that cannot be enqueued does not hold up the others. */
async function enqueueAll(ports: CommonPorts, queue: BucketQueue): Promise<void> {
  const at = `schedule ${ports.clock.now().toISOString()}`;
  const sent = ports.config.buckets.map(({ url }) => enqueueBucket(ports, queue, { url, because: "schedule", at }));
  const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

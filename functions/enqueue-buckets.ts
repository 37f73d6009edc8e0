import { retireSources } from "#alerts/sync";
import { bucketMessage } from "#blocks/bucket-message";
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

/** It is this bucket's turn. One at a time; the queue drops a second message of the same `at` for five minutes. */
export async function enqueueBucket(
  { queues }: Pick<CommonPorts, "queues">,
  queue: BucketQueue,
  { url, because, at }: { readonly url: string; readonly because: string; readonly at: string },
): Promise<void> {
  await queues.send(queue, {
    body: bucketMessage({ url, because }),
    groupId: messagingId(url),
    dedupId: messagingId(`${url} ${at}`),
  });
}

/** One that cannot be enqueued does not hold up the others. */
async function enqueueAll(ports: CommonPorts, queue: BucketQueue): Promise<void> {
  const at = `schedule ${ports.clock.now().toISOString()}`;
  const sent = ports.config.buckets.map(({ url }) => enqueueBucket(ports, queue, { url, because: "schedule", at }));
  const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

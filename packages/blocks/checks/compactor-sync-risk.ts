import type { Block } from "#blocks/block/block";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";
import { steps } from "#blocks/remedy";
import { age, count, hours } from "#blocks/text";
import { blocksWith } from "#blocks/traits";

const DEFAULT_WAIT = 300_000;
/** Of one request within a region, ms. */
const REQUEST = 20;
/** Requests that Thanos makes at once: for metas and marks, and to see whether a block is there (thanos pkg/block/fetcher.go). */
const FETCHERS = 32;
const PROBES = 64;
const REQUESTS_PER_BLOCK = 3;

/**
 * `compactor.sync-risk`: so many blocks that a sync without a cache comes near its time-out, which is --wait-interval: beyond
 * it the compactor never gets to compact. 60,000 at 5 minutes.
 */
export function compactorSyncRisk({ blocks, parts, settings }: BucketModel): readonly Finding[] {
  const { waitInterval, thresholds, deleteDelay } = settings;
  const limit = (thresholds.syncBlocks * waitInterval) / DEFAULT_WAIT;
  // Without an interval there is no --wait, and no time-out.
  if (waitInterval === 0 || blocks.length < limit) return [];
  const estimate = ((REQUESTS_PER_BLOCK / FETCHERS + 1 / PROBES) * blocks.length * REQUEST) | 0;
  const marked = blocksWith(parts, isMarked).length;
  return [
    {
      id: "compactor.sync-risk",
      severity: "warning",
      summary: `The bucket has ${count(blocks.length)} blocks: to read their metas takes the compactor about ${age(estimate)} of the ${age(waitInterval)} that it has.`,
      labels: {},
      groupKey: null,
      blocks: [],
      since: null,
      evidence: { blocks: blocks.length, marked, estimatedSyncMs: estimate, waitIntervalMs: waitInterval },
      consequence: `A sync that takes longer than --wait-interval is broken off and begun again: the compactor then does nothing any more, and calls it a retriable error. At the same rate per block that is at ${count(Math.ceil((waitInterval / estimate) * blocks.length))} blocks; far fewer where a request takes longer than ${REQUEST} ms.`,
      remedy: steps(
        "Raise --wait-interval (15m, say): it is the time-out of the sync too. Tell the audit (waitInterval).",
        `Let there be fewer blocks: ${count(marked)} are marked and wait for --delete-delay (${hours(deleteDelay)}); see compactor.backlog and block.partial for others that are too many.`,
        "Divide the streams between several compactors by relabel configs; each still lists all, but --block-meta-fetch-concurrency can be raised, and the metas stay cached on a disk that outlives the pod.",
      ),
    },
  ];
}

function isMarked({ deletionMark }: Block): boolean {
  return deletionMark !== undefined;
}

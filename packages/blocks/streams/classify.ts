import type { Stream } from "#blocks/streams/stream";

/** Receive cuts a head up to 5 h after its first sample, that is 2.5 of its 2 h ranges, by the phase of its ticker. */
const RECEIVE_RANGES = 2.5;

export interface Freshness {
  /** When the stream becomes, or became, late; ms. */
  readonly deadline: number;
  /** Where the newest block would have to end by now, ms. */
  readonly expectedMaxTime: number;
  /** 0 while the stream is on time. */
  readonly missedBlocks: number;
}

/**
 * The deadline rule. Prometheus cuts [b, b+R) at b + 1.5 R on a grid that is aligned to the epoch; with
 * the slack for cutting and uploading, that is when the block must be there. Receive has an own, looser ceiling.
 */
export function classifyFreshness(
  { newest, range, isReceive }: Pick<Stream, "newest" | "range" | "isReceive">,
  { now, slack }: { readonly now: number; readonly slack: number },
): Freshness {
  const { maxTime } = newest;
  if (isReceive) {
    const deadline = maxTime + RECEIVE_RANGES * range + slack;
    const missedBlocks = now < deadline ? 0 : Math.floor((now - deadline) / range) + 1;
    return { deadline, expectedMaxTime: maxTime + missedBlocks * range, missedBlocks };
  }
  const nextEnd = (Math.floor(maxTime / range) + 1) * range;
  const deadline = nextEnd + range / 2 + slack;
  const expectedMaxTime = Math.floor((now - range / 2 - slack) / range) * range;
  return { deadline, expectedMaxTime, missedBlocks: Math.max(0, Math.ceil((expectedMaxTime - maxTime) / range)) };
}

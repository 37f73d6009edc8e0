import { windowStart } from "#blocks/compactor/ranges";
import type { Interval } from "#blocks/intervals";

/**
 * Begin of the first samples after `after` that a compactor will downsample, or should have, ms: of the first aligned
 * window whose samples span enough, or still can as it is the last. Undefined where there are none. `covered`: a union.
 */
export function owedFrom(
  covered: readonly Interval[],
  after: number,
  { range, shortest }: { readonly range: number; readonly shortest: number },
): number | undefined {
  let piece: { readonly window: number; readonly from: number; readonly to: number } | undefined;
  for (const { from, to } of covered) {
    let begin = Math.max(from, after);
    while (begin < to) {
      const window = windowStart(begin, range);
      const end = Math.min(to, window + range);
      if (piece !== undefined && piece.window !== window && piece.to - piece.from >= shortest) return piece.from;
      piece = { window, from: piece?.window === window ? piece.from : begin, to: end };
      begin = end;
    }
  }
  return piece !== undefined && piece.window + range - piece.from >= shortest ? piece.from : undefined;
}
